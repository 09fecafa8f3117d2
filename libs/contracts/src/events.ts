import type { TSchema } from 'typebox';
import {
  CompanyCreatedSchema,
  CompanyDeletedSchema,
  CompanyUpdatedSchema,
  type CompanyCreated,
  type CompanyDeleted,
  type CompanyUpdated,
} from './company.events.js';
import {
  ContactCreatedSchema,
  ContactDeletedSchema,
  ContactUpdatedSchema,
  type ContactCreated,
  type ContactDeleted,
  type ContactUpdated,
} from './contact.events.js';
import { PortalLoginChangedSchema, type PortalLoginChanged } from './portal-login.events.js';
import type { TopicName } from './topics.js';

/** The data of each event, by the event's name. */
export interface EventDataByName {
  ContactCreated: ContactCreated;
  ContactUpdated: ContactUpdated;
  ContactDeleted: ContactDeleted;
  CompanyCreated: CompanyCreated;
  CompanyUpdated: CompanyUpdated;
  CompanyDeleted: CompanyDeleted;
  PortalLoginChanged: PortalLoginChanged;
}

export type EventName = keyof EventDataByName;
/** Events about a company. */
export type CompanyEventName = 'CompanyCreated' | 'CompanyUpdated' | 'CompanyDeleted';
/** Events about a contact or its login. */
export type ContactEventName = Exclude<EventName, CompanyEventName>;

interface EventDefinition {
  /** CloudEvents type, for instance `contact-sync.ContactUpdated.v1`. */
  readonly type: string;
  readonly topic: TopicName;
  /** JSON Schema 2020-12 of the data; its `$id` is the record's `ce_dataschema`. */
  readonly schema: TSchema & { readonly $id: string; readonly description: string };
}

const define = (name: EventName, topic: TopicName, schema: TSchema): EventDefinition => ({
  type: `contact-sync.${name}.v1`,
  topic,
  schema: schema as EventDefinition['schema'],
});

/** Every event of the contract: its CloudEvents type, its topic and the schema of its data. */
export const EVENTS: Readonly<Record<EventName, EventDefinition>> = {
  ContactCreated: define('ContactCreated', 'contacts.v1', ContactCreatedSchema),
  ContactUpdated: define('ContactUpdated', 'contacts.v1', ContactUpdatedSchema),
  ContactDeleted: define('ContactDeleted', 'contacts.v1', ContactDeletedSchema),
  CompanyCreated: define('CompanyCreated', 'companies.v1', CompanyCreatedSchema),
  CompanyUpdated: define('CompanyUpdated', 'companies.v1', CompanyUpdatedSchema),
  CompanyDeleted: define('CompanyDeleted', 'companies.v1', CompanyDeletedSchema),
  PortalLoginChanged: define('PortalLoginChanged', 'portal-logins.v1', PortalLoginChangedSchema),
};

/** CloudEvents source of every event. */
export const EVENT_SOURCE = '/contact-sync/gateway';

/** What every event has in addition to its data. */
export interface EventAttributes {
  /** UUIDv7; the same in every repetition. */
  id: string;
  /** When the change was made, RFC 3339 in UTC. */
  time: string;
  /** The request that led to the change (`X-Request-Id`). */
  correlationId: string;
  /** Decimal id of the API token that made the request; null for a change without a token. */
  actor: string | null;
  /** W3C trace context of the request; null where it was not traced. */
  traceparent: string | null;
}

/** An event with its data; narrow on `name` to get the data's type. */
export type ContactSyncEvent<N extends EventName = EventName> = {
  [K in N]: EventAttributes & { name: K; data: EventDataByName[K] };
}[N];

/** Whether an event is about a company; the others are about a contact or its login. */
export const isCompanyEvent = (event: ContactSyncEvent): event is ContactSyncEvent<CompanyEventName> =>
  // Not by the data: those of other events can gain a company_id.
  EVENTS[event.name].topic === 'companies.v1';

/** Id of the contact or company of an event; as text it is the record key. */
export const entityIdOf = (event: ContactSyncEvent): number =>
  isCompanyEvent(event) ? event.data.company_id : event.data.contact_id;

/** The subject of a contact's events: `contacts/123`. */
export const subjectOf = (contactId: number): string => inOnePiece('contacts/', contactId);

/** The subject of any event: `contacts/123`, `companies/456`. */
export const subjectOfEvent = (event: ContactSyncEvent): string =>
  isCompanyEvent(event) ? inOnePiece('companies/', event.data.company_id) : subjectOf(entityIdOf(event));

/** The event's version as `ce_sequence`: 20 digits, so that it sorts as text. */
export function sequenceOf(version: number): string {
  const digits = String(version);
  return inOnePiece(ZEROS.slice(digits.length), digits);
}

const ZEROS = '0'.repeat(20);

/** Joined, not added: of a text that was added piece by piece V8 makes JSON three times as slowly, and of all that is beside it. */
const inOnePiece = (...parts: readonly (string | number)[]): string => parts.join('');
