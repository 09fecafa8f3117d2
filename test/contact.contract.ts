import { readFileSync } from 'node:fs';
import { ContactSchema, type ContactSnapshot } from '#app/contracts';

/** The part of a property in the published OpenAPI document that a model test reads. */
interface PublishedProperty {
  type?: string | string[];
  anyOf?: { type?: string }[];
}

interface PublishedDocument {
  components: { schemas: { UpdateContact: { properties: Record<string, PublishedProperty> } } };
}

const document = JSON.parse(readFileSync('docs/openapi.json', 'utf8')) as PublishedDocument;
const settable = Object.entries(document.components.schemas.UpdateContact.properties);

const typesOf = ({ type = [], anyOf = [] }: PublishedProperty): (string | undefined)[] => [
  ...[type].flat(),
  ...anyOf.map((each) => each.type),
];
const settableOf = <T extends keyof ContactSnapshot>(...types: string[]): T[] =>
  settable.filter(([, property]) => types.every((type) => typesOf(property).includes(type))).map(([name]) => name as T);

/** The contact's own texts, with the email: a string sets them, null clears them. */
export const CONTACT_TEXTS = settableOf<OwnText>('string', 'null');
/** The flags of a contact's membership in a company. */
export const PLACE_FLAGS = settableOf<PlaceFlag>('boolean');

type OwnText = Exclude<
  { [Name in keyof ContactSnapshot]-?: null extends ContactSnapshot[Name] ? Name : never }[keyof ContactSnapshot],
  'full_name' | 'phone' | 'company_id' | 'company'
>;
type PlaceFlag = Exclude<keyof ContactSnapshot['companies'][number] & keyof ContactSnapshot, 'id'>;

const propertiesWith = (name: string, value: string): string[] =>
  Object.entries(ContactSchema.properties)
    .filter(([, property]) => Reflect.get(property, name) === value)
    .map(([field]) => field);

/** Fields of a contact whose value is a time. */
export const CONTACT_TIMES = propertiesWith('format', 'date-time');
/** Fields of a contact whose value is an integer. */
export const CONTACT_INTEGERS = propertiesWith('type', 'integer');
