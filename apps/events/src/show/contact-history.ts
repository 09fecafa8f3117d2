import { isDeepStrictEqual } from 'node:util';
import type { ContactSyncEvent } from '#app/contracts';
import type { ShownRecord } from '../reading/shown-record.js';

/** A field of a contact, a company or a login, before and after; `unmarked`: the event does not list it as changed. */
export interface FieldChange {
  field: string;
  before: unknown;
  after: unknown;
  unmarked: boolean;
}

/** What is unusual about a record of a history. */
export type Finding =
  /** Versions that the topic does not hold, including the last of them. */
  | { kind: 'missing'; from: number; to: number }
  /** The same event again: harmless. */
  | { kind: 'repeated' }
  /** A version that another event already had: never harmless. */
  | { kind: 'conflict' }
  /** A version below an earlier one: harmless, unless it is the last of its key on a compacted topic. */
  | { kind: 'late' };

/** A record of the history, and its changes. */
export interface HistoryEntry {
  record: ShownRecord;
  changes: FieldChange[];
  findings: Finding[];
}

type Fields = Record<string, unknown>;

/** The state of one topic's series of versions. */
class Stream {
  version = 0;
  /** Undefined until an event has shown it. */
  state: Fields | undefined;
  readonly ids = new Map<number, string | null>();
}

const BOOKKEEPING = new Set(['version', 'updated_at']);

/** The records of one contact or company, in time order, as a history: each version compared with the one before it. */
export function historyOf(records: readonly ShownRecord[]): HistoryEntry[] {
  const streams = new Map<string, Stream>();
  return records.map((record) => {
    const stream = streams.get(record.topic) ?? new Stream();
    streams.set(record.topic, stream);
    return { record, ...advance(stream, record) };
  });
}

function advance(stream: Stream, record: ShownRecord): Pick<HistoryEntry, 'changes' | 'findings'> {
  const { event, version, kind } = record;
  // A tombstone has no version of its own: it repeats the version of its removal.
  if (version === null || (kind === 'tombstone' && version <= stream.version)) return { changes: [], findings: [] };
  const findings = findingsOf(stream, record, version);
  if (version <= stream.version) return { changes: [], findings };
  stream.version = version;
  stream.ids.set(version, record.id);
  if (!event) return { changes: [], findings };
  const after = stateOf(event);
  // If the versions before the first one are gone, only the event says what it changed.
  const before = stream.state ?? (version > 1 ? after : {});
  stream.state = after;
  return { changes: changesBetween({ ...before, ...formerOf(event) }, after, markedBy(event)), findings };
}

function findingsOf({ version: last, ids }: Stream, { id, companyId }: ShownRecord, version: number): Finding[] {
  // A company older than its topic begins there with its next change.
  if (last === 0 && companyId !== null) return [];
  if (version > last + 1) return [{ kind: 'missing', from: last + 1, to: version - 1 }];
  if (version > last) return [];
  if (ids.get(version) === id) return [{ kind: 'repeated' }];
  return [{ kind: ids.has(version) ? 'conflict' : 'late' }];
}

function changesBetween(before: Fields, after: Fields, marked: ReadonlySet<string> | undefined): FieldChange[] {
  return [...new Set([...Object.keys(before), ...Object.keys(after)])]
    .filter((field) => !BOOKKEEPING.has(field) && !isSame(before[field], after[field]))
    .map((field) => ({
      field,
      before: before[field] ?? null,
      after: after[field] ?? null,
      unmarked: marked !== undefined && !marked.has(field),
    }));
}

/** Ignores the order of an object's names. */
const isSame = (a: unknown, b: unknown): boolean => isDeepStrictEqual(a ?? null, b ?? null);

/** The whole state after an event; empty after a deletion. */
function stateOf(event: ContactSyncEvent): Fields {
  switch (event.name) {
    case 'ContactDeleted':
    case 'CompanyDeleted':
      return {};
    case 'CompanyCreated':
    case 'CompanyUpdated':
      return { ...event.data.company };
    case 'PortalLoginChanged':
      return { email: event.data.email };
    default:
      return { ...event.data.contact };
  }
}

/** The state before an event, as far as the event shows it: enough for the first one on the topic. */
function formerOf(event: ContactSyncEvent): Fields {
  if (event.name === 'ContactUpdated' || event.name === 'CompanyUpdated') return event.data.before;
  return event.name === 'PortalLoginChanged' && event.data.previous_email !== null ? { email: event.data.previous_email } : {};
}

/** Undefined if an event does not name its changes. */
const markedBy = (event: ContactSyncEvent): ReadonlySet<string> | undefined =>
  event.name === 'ContactUpdated' || event.name === 'CompanyUpdated' ? new Set<string>(event.data.changed) : undefined;
