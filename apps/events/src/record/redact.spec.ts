import { beforeAll, describe, expect, it } from '@jest/globals';
import { decodeRecord, EVENT_EXAMPLES, type ContactSyncEvent, type RecordedEvent } from '#app/contracts';
import { aCompanyUpdated, aContactCreated, aContactUpdated, aPortalLoginChanged, keyOf, recordsOf } from '#app/contracts/testing';
import { readHistory } from '../../../../test/recorded-history.js';
import { recordOf } from '../events.fixtures.js';
import { Redaction } from './redact.js';

const recorded = (event: ContactSyncEvent): RecordedEvent => {
  const { topic, partition, offset, timestamp, key, headers, value } = recordOf(recordsOf([event])[0] as never);
  return { topic, partition, offset: String(offset), timestamp, key, headers: headers as RecordedEvent['headers'], value };
};
const redacted = (...events: ContactSyncEvent[]): any[] => {
  const redaction = new Redaction();
  return events.map((event) => {
    const decoded = decodeRecord(redaction.redact(recorded(event))!);
    return decoded.kind === 'event' ? decoded.event.data : undefined;
  });
};

describe('a redacted recording', () => {
  const ann = aContactCreated({
    first_name: 'Ann',
    last_name: 'Lee',
    email: 'Ann@x.io',
    phone_1: '0123',
    receiving_bank_name: 'B',
  });
  const moved = aContactUpdated({ last_name: 'Ono', email: 'ann@x.io' }, { after: ann });

  it('when a contact changes / its texts are replaced, the same by the same, and derived ones follow', () => {
    const [created, updated] = redacted(ann, moved);
    expect(created.contact).toMatchObject({
      id: ann.data.contact.id,
      first_name: 'first_name 1',
      full_name: 'first_name 1 last_name 1',
      email: 'person-1@example.com',
      phone: '+1 555 0000001',
      receiving_bank_name: 'receiving_bank_name 1',
      company: { name: 'Company 1' },
    });
    expect(updated.before).toEqual({
      last_name: 'last_name 1',
      full_name: 'first_name 1 last_name 1',
      email: 'person-1@example.com',
    });
    expect(updated.contact).toMatchObject({ last_name: 'last_name 2', email: 'Person-1@example.com' });
  });

  it('when a login or a company changes / emails, credentials, addresses and notes are replaced', () => {
    const [, login, company] = redacted(
      ann,
      aPortalLoginChanged({ email: 'ANN@x.io' }),
      aCompanyUpdated({ city: 'Oslo', notes: 'Pays late.' }),
    );
    expect(login).toMatchObject({ email: 'Person-1@example.com', credential: 'redacted..iv.1.tag', changes: ['created'] });
    expect(company.company).toMatchObject({ name: 'Company 1', full_address: 'city 1', notes: 'notes 1' });
  });

  it('when data has fields of a later release / their texts are replaced at any depth', () => {
    const event = aContactCreated({ companies: [{ ...ann.data.contact.companies[0]!, note: 'secret' } as never] });
    const later = {
      ...event,
      data: { ...event.data, reason: 'secret', source: { by: ['secret'], count: 2 } },
    } as ContactSyncEvent;
    const deleted = { ...EVENT_EXAMPLES.ContactDeleted, data: { ...EVENT_EXAMPLES.ContactDeleted.data, reason: 'secret' } };
    const [created, gone] = redacted(later, deleted);
    expect(created).toMatchObject({ reason: 'reason 1', source: { by: ['by 1'], count: 2 } });
    expect(created.contact.companies[0]).toMatchObject({ note: 'note 1', name: 'Company 1' });
    expect(gone.reason).toBe('reason 1');
  });

  it('when records have request ids and marks / the ids are replaced, the same by the same, and the marks go', () => {
    const redaction = new Redaction();
    const headersOf = (request: string) => {
      const record = recorded(EVENT_EXAMPLES.PortalLoginChanged);
      const headers = { ...record.headers, ce_correlationid: Buffer.from(request), ce_mac: Buffer.from('v1.k.mac') };
      return redaction.redact({ ...record, headers })!.headers;
    };
    const shown = ['ann@x.io', 'bob', 'ann@x.io'].map(headersOf);
    expect(shown.map((headers) => String(headers['ce_correlationid']))).toEqual(['request-1', 'request-2', 'request-1']);
    for (const headers of shown) expect(headers).not.toHaveProperty('ce_mac');
  });

  it('when a record is no event of the contract / it is left out', () => {
    expect(new Redaction().redact({ ...recorded(EVENT_EXAMPLES.ContactDeleted), value: Buffer.from('{}') })).toBeUndefined();
  });
});

describe('the recorded history, redacted', () => {
  let history: RecordedEvent[];
  let redactedHistory: RecordedEvent[];
  beforeAll(async () => {
    history = await readHistory();
    const redaction = new Redaction();
    redactedHistory = history.map((record) => redaction.redact(record)!);
  });

  it('when it is searched / holds no name, email or credential of before', () => {
    const text = redactedHistory.map(({ value }) => String(value)).join('\n');
    expect(text).not.toMatch(/shared-\d|person-\d+@example\.org|eyJ|Nowak|Okafor|Фёдор/i);
  });

  it('when it is read / has the same keys, versions and changed names, and each change is a change', () => {
    const shape = (record: RecordedEvent) => {
      const decoded = decodeRecord(record);
      if (decoded.kind !== 'event') return [keyOf(record), decoded.kind];
      const { name, data } = decoded.event;
      return [keyOf(record), name, data.version, 'changed' in data ? data.changed : 'changes' in data ? data.changes : null];
    };
    expect(redactedHistory.map(shape)).toEqual(history.map(shape));
    for (const record of redactedHistory) {
      const decoded = decodeRecord(record);
      if (decoded.kind !== 'event' || decoded.event.name !== 'ContactUpdated') continue;
      const { changed, before, contact } = decoded.event.data;
      for (const name of changed) expect([name, before[name]]).not.toEqual([name, contact[name]]);
    }
  });
});
