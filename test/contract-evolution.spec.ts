import { readFileSync } from 'node:fs';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { ContactUpdatedSchema, EVENTS, type ContactUpdated, type ReceivedRecord } from '#app/contracts';
import { aContactCreated, aContactUpdated, given } from '#app/contracts/testing';
import Type, { type TSchema } from 'typebox';
import { Compile } from 'typebox/compile';
import { MailingList } from '../samples/mailing-list.js';
import { breaksOf, type Schema } from './contract-breaks.js';
import { readHistory } from './recorded-history.js';

// The specs add a field that the contract does not have: the contact's fax.
const Fax = Type.Union([Type.String(), Type.Null()], { description: 'Absent in events from before it came in.' });
/** The current schema with other fields of the contact. */
const withContact = (fields: Record<string, TSchema>) =>
  Type.Object({ ...ContactUpdatedSchema.properties, contact: Type.Object(fields) }, { $id: EVENTS.ContactUpdated.schema.$id });
const CONTACT = ContactUpdatedSchema.properties.contact.properties;
const GrownSchema = withContact({ ...CONTACT, fax: Type.Optional(Fax) });
const ReleasedSchema = JSON.parse(readFileSync('libs/contracts/released/1.0.0/ContactUpdated.v1.json', 'utf8')) as Schema;
const asFile = (schema: TSchema): Schema => ({
  $schema: ReleasedSchema['$schema'],
  ...(JSON.parse(JSON.stringify(schema)) as Schema),
});

type GrownContact = ContactUpdated['contact'] & { fax?: string | null };

let oldEvents: ContactUpdated[];
const ann = aContactCreated({ contact_id: 7, first_name: 'Ann', last_name: null });
const updated = aContactUpdated({ email: 'ann@y.io' }, { after: ann });
/** The event that a gateway with the field writes. */
const newEvent = {
  ...updated,
  data: {
    ...updated.data,
    changed: [...updated.data.changed, 'fax'] as ContactUpdated['changed'],
    before: { ...updated.data.before, fax: null },
    contact: { ...updated.data.contact, fax: '+1 555 0199' },
  },
};

beforeAll(async () => {
  const updates = (await readHistory()).filter(({ headers }) => String(headers['ce_type']) === EVENTS.ContactUpdated.type);
  oldEvents = updates.map(({ value }) => JSON.parse(String(value)) as ContactUpdated);
});

describe('a new optional field', () => {
  it('when it is compared with the released schemas / it is no break', () => {
    expect(breaksOf(ReleasedSchema, asFile(GrownSchema))).toEqual([]);
    expect(Compile(GrownSchema).Errors(newEvent.data)).toEqual([]);
  });

  it('when an old consumer reads a new event / its code and its schema ignore the field', async () => {
    expect(Compile(ReleasedSchema as TSchema).Errors(newEvent.data)).toEqual([]);
    const list = new MailingList();
    const oldConsumer = () => ({ apply: (record: ReceivedRecord) => list.apply(record), state: () => list.members });
    await given(ann, newEvent)
      .when(oldConsumer)
      .then({ 7: { name: 'Ann', email: 'ann@y.io' } });
  });

  it('when a new consumer reads an old event / the field is missing without an error', () => {
    const faxOf = ({ fax = null }: GrownContact): string | null => fax;
    const readNow = Compile(GrownSchema);
    expect(oldEvents.length).toBeGreaterThan(1_000);
    for (const event of oldEvents) if (!readNow.Check(event)) expect(readNow.Errors(event)).toEqual([]);
    expect(new Set(oldEvents.map(({ contact }) => faxOf(contact)))).toEqual(new Set([null]));
    expect(faxOf(newEvent.data.contact)).toBe('+1 555 0199');
  });
});

describe('a breaking change of a schema', () => {
  it('when a new field is required / the comparison fails, and so does a new consumer of old events', () => {
    const Required = withContact({ ...CONTACT, fax: Fax });
    expect(breaksOf(ReleasedSchema, asFile(Required))).toEqual(['/contact/fax: is required, and recorded data may lack it']);
    expect(Compile(Required).Check(oldEvents[0])).toBe(false);
  });

  it('when a field is removed / the comparison fails, and so does an old consumer of new events', () => {
    const { email: _, ...others } = CONTACT;
    expect(breaksOf(ReleasedSchema, asFile(withContact(others)))).toEqual([
      '/contact/email: was required and is optional',
      '/contact/email: is gone',
    ]);
    const { email: gone, ...contact } = updated.data.contact;
    expect([gone, Compile(ReleasedSchema as TSchema).Check({ ...updated.data, contact })]).toEqual(['ann@y.io', false]);
  });
});
