import { isDeepStrictEqual } from 'node:util';
import type { Operation } from '../load/history.js';
import {
  byKey,
  correlationOf,
  dataOf,
  sequenceOf,
  typeOf,
  type Evidence,
  type InvariantName,
  type TopicRecord,
  type Violation,
} from './evidence.js';

const violation = (invariant: InvariantName, contactId: number | null, message: string): Violation => ({
  invariant,
  message,
  ...(contactId === null ? {} : { contactId }),
});

/** I1: each answered change and each stored change is on its topic with the answered values. */
export function eachChangeHasItsEvent({ operations, topics, gateway }: Evidence): Violation[] {
  const contacts = byKey(topics.contacts);
  const logins = byKey(topics.logins);
  const missing = (contactId: number, what: string): Violation => violation('I1', contactId, `${what} is not on its topic.`);
  const has = (records: TopicRecord[] | undefined, version: number, correlation?: Set<string>): boolean =>
    (records ?? []).some(
      (record) =>
        sequenceOf(record) === version && record.value !== null && (!correlation || correlation.has(correlationOf(record))),
    );
  const ofAnswers = operations.flatMap((operation) => {
    const { kind, contact, contactId, loginVersion, outcome } = operation;
    if (outcome !== 'ok' || contactId === null) return [];
    const key = String(contactId);
    const ids = requestIdsOf(operation);
    if (kind === 'delete') {
      const isPublished = (contacts.get(key) ?? []).some(
        (record) => typeOf(record) === 'ContactDeleted' && ids.has(correlationOf(record)),
      );
      return isPublished ? [] : [missing(contactId, 'An answered deletion')];
    }
    const found: Violation[] = [];
    const event = contacts.get(key)?.find((record) => sequenceOf(record) === contact!.version);
    if (!event) found.push(missing(contactId, `Answered version ${contact!.version}`));
    else if (!isDeepStrictEqual(dataOf(event).contact, plain(contact)))
      found.push(violation('I1', contactId, `Version ${contact!.version} was answered otherwise than its event says.`));
    const isNewPassword = operation.body?.['password'] !== undefined;
    if (loginVersion !== undefined && !has(logins.get(key), loginVersion, isNewPassword ? ids : undefined))
      found.push(missing(contactId, `Answered login version ${loginVersion}`));
    return found;
  });
  const ofRows = gateway.contacts.flatMap(({ id, version, loginVersion }) => [
    ...(has(contacts.get(String(id)), version) ? [] : [missing(id, `Stored version ${version}`)]),
    ...(loginVersion === 0 || has(logins.get(String(id)), loginVersion)
      ? []
      : [missing(id, `Stored login version ${loginVersion}`)]),
  ]);
  return [...ofAnswers, ...ofRows];
}

/** I2: each event belongs to a request that was done, or may have been done. */
export function eachEventHasItsChange({ operations, topics, gateway }: Evidence): Violation[] {
  const possible = new Set(
    operations.filter(({ outcome }) => outcome !== 'fail').flatMap((operation) => [...requestIdsOf(operation)]),
  );
  const stored = new Map(gateway.contacts.map(({ id, version }) => [id, version]));
  return [...topics.contacts, ...topics.logins].flatMap((record) => {
    const contactId = Number(record.key);
    if (!possible.has(correlationOf(record)))
      return [violation('I2', contactId, `${typeOf(record)} ${sequenceOf(record)} is of no request that can have been done.`)];
    const version = stored.get(contactId);
    const isAhead = typeOf(record).startsWith('Contact') && version !== undefined && sequenceOf(record) > version;
    return isAhead ? [violation('I2', contactId, `Version ${sequenceOf(record)} was published, ${version} is stored.`)] : [];
  });
}

/**
 * I3: first deliveries of a key come as versions 1, 2, 3 … in one partition, and their times never go back; a tombstone
 * follows its removal.
 */
export function firstDeliveriesAreInOrder({ topics }: Evidence): Violation[] {
  return [topics.contacts, topics.logins].flatMap((records) =>
    [...byKey(records)].flatMap(([key, ofKey]) => {
      const found: Violation[] = [];
      const tell = (message: string): void => void found.push(violation('I3', Number(key), message));
      if (new Set(ofKey.map(({ partition }) => partition)).size > 1) tell('Its records are in several partitions.');
      let highest = 0;
      let latest = '';
      for (const record of ofKey) {
        const version = sequenceOf(record);
        if (record.value === null) {
          if (version > highest) tell(`The tombstone of version ${version} came before the removal.`);
        } else if (version > highest + 1) tell(`After version ${highest} of ${typeOf(record)} came ${version}.`);
        const time = record.headers['ce_time'] ?? '';
        if (version > highest && time < latest) tell(`Version ${version} is of an earlier time than the one before.`);
        if (version > highest) latest = time;
        highest = Math.max(highest, version);
      }
      return found;
    }),
  );
}

/** I4: one id is one event: it has the same bytes each time, and a version has no second id. */
export function repetitionsAreTheSame({ topics }: Evidence): Violation[] {
  return [topics.contacts, topics.logins].flatMap((records) => {
    const content = new Map<string, string>();
    const ids = new Map<string, string>();
    return records.flatMap((record) => {
      const { key, value } = record;
      const { traceparent: _renewed, ...headers } = record.headers;
      const id = headers['ce_id'] ?? '';
      const bytes = JSON.stringify([key, value, headers]);
      const version = `${key}/${sequenceOf(record)}/${value === null}`;
      const differs = (content.get(id) ?? bytes) !== bytes;
      const isSecond = (ids.get(version) ?? id) !== id;
      content.set(id, bytes);
      ids.set(version, id);
      return [
        ...(differs ? [violation('I4', Number(key), `Event ${id} came with other bytes.`)] : []),
        ...(isSecond ? [violation('I4', Number(key), `Version ${sequenceOf(record)} came under a second id.`)] : []),
      ];
    });
  });
}

/** More than the tries of one record while a broker's answers are lost, and far fewer than one try in each pass. */
const MOST_COPIES = 12;

/** I12: no record is on its topic more than a few times. */
export function recordsAreNotMultiplied({ topics }: Evidence): Violation[] {
  const copies = Map.groupBy([...topics.contacts, ...topics.logins], ({ headers }) => headers['ce_id'] ?? '');
  return [...copies].flatMap(([id, records]) =>
    records.length <= MOST_COPIES
      ? []
      : [violation('I12', Number(records[0]!.key), `Event ${id} is on its topic ${records.length} times.`)],
  );
}

/** I9: the last record of a login is its newest, because compaction keeps the last one. */
export function lastRecordIsNewest({ topics }: Evidence): Violation[] {
  return [...byKey(topics.logins)].flatMap(([key, records]) => {
    const newest = Math.max(...records.map(sequenceOf));
    const last = sequenceOf(records.at(-1)!);
    return last === newest ? [] : [violation('I9', Number(key), `Its last record is version ${last}, its newest ${newest}.`)];
  });
}

/** I11: a request that was repeated under its key was done once. */
export function keyedRequestsHappenOnce({ operations, topics }: Evidence): Violation[] {
  const records = [...topics.contacts, ...topics.logins];
  const byCorrelation = Map.groupBy(records, correlationOf);
  return operations.flatMap((operation) => {
    if (operation.key === undefined || operation.attempts.length < 2) return [];
    const created = [...requestIdsOf(operation)]
      .flatMap((id) => byCorrelation.get(id) ?? [])
      .filter((record) => typeOf(record) === 'ContactCreated');
    if (new Set(created.map(({ key }) => key)).size > 1)
      return [violation('I11', operation.contactId, 'A repeated creation made several contacts.')];
    const led = [...requestIdsOf(operation)].flatMap((id) => byCorrelation.get(id) ?? []).filter(({ value }) => value !== null);
    const bySubject = Map.groupBy(led, (record) => `${record.key} ${typeOf(record).startsWith('Contact')}`);
    return [...bySubject.values()].flatMap((events) => {
      const times = new Set(events.map(({ headers }) => headers['ce_id'])).size;
      return times > 1 ? [violation('I11', Number(events[0]!.key), `A repeated request happened ${times} times.`)] : [];
    });
  });
}

const requestIdsOf = ({ attempts }: Operation): Set<string> => new Set(attempts.map(({ requestId }) => requestId));

/** Makes plain JSON of a value: a value from another realm of the process has strictly another type. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));
