import { encodeEvent, EVENT_EXAMPLES, tombstoneAfter, type ContactSyncEvent, type EventRecord } from '#app/contracts';
import { readRecord, type ShownRecord, type SourceRecord } from './reading/shown-record.js';

let offset = 0;

/** A record as read from its topic, after the one made before. */
export const recordOf = ({ topic, key, headers, value }: EventRecord): SourceRecord => ({
  topic,
  partition: 3,
  offset: offset++,
  timestamp: Date.parse('2026-02-03T04:05:06.789Z'),
  key: Buffer.from(key),
  value: value === null ? null : Buffer.from(value),
  headers: Object.fromEntries(Object.entries(headers).map(([name, text]) => [name, Buffer.from(text)])),
});

type Data<N extends ContactSyncEvent['name']> = Partial<ContactSyncEvent<N>['data']>;

/** An event of contact 123 with the given data; its id contains its version. */
export function event<N extends ContactSyncEvent['name']>(
  name: N,
  data: Data<N> & { version: number },
  id = `v${data.version}`,
): SourceRecord {
  const example = EVENT_EXAMPLES[name];
  return recordOf(encodeEvent({ ...example, id, data: { ...example.data, ...data } } as ContactSyncEvent));
}

export const login = (version: number, data: Data<'PortalLoginChanged'> = {}): SourceRecord =>
  event('PortalLoginChanged', { ...data, version });

export function tombstone(version: number): SourceRecord {
  const { PortalLoginChanged } = EVENT_EXAMPLES;
  const data = { ...PortalLoginChanged.data, version, email: null, credential: null };
  return recordOf(tombstoneAfter({ ...PortalLoginChanged, data }, 'tombstone'));
}

export const shown = (...records: SourceRecord[]): ShownRecord[] => records.map(readRecord);
