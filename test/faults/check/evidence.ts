import type { HealthStatus } from '#app/system';
import type { TopicRecord as ReadRecord } from '#app/system/testing';
import type { Operation } from '../load/history.js';

/** A record as a plain client reads it. */
export interface TopicRecord extends Pick<ReadRecord, 'partition' | 'offset' | 'value' | 'headers'> {
  /** Empty where the record has no key. */
  key: string;
}

/** A contact as the gateway's database holds it. */
export interface StoredContact {
  id: number;
  version: number;
  loginVersion: number;
}

/** A login as one of the databases holds it. */
export interface StoredLogin {
  contactId: number;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
  /** The auth app keeps the rows of removed logins, and those of displaced ones. */
  version?: number;
  removed?: boolean;
}

/** How the system was while a fault lasted, and how it came back. */
export interface Recovery {
  /** From the healing to the moment at which all was well; null where that never came. */
  ms: number | null;
  /** What had to be seen of an app by the end of the fault, and what was. */
  healthChecks: readonly { app: string; wanted: readonly HealthStatus[]; seen: HealthStatus }[];
  /** Processes that ended though nobody ended them. */
  ended: readonly string[];
  /** What was still to be published or applied when time was out; empty where nothing was. */
  pendingWork: readonly string[];
}

/** Where a secret was found. */
export interface SecretFinding {
  place: string;
  secret: 'password' | 'hash';
}

/** What a run leaves to be judged. All is of the contacts that the run has made. */
export interface Evidence {
  operations: readonly Operation[];
  topics: Readonly<Record<'contacts' | 'logins', readonly TopicRecord[]>>;
  /** Keys of the records that the auth app put aside, and those that it should have. */
  deadLetters: { found: readonly string[]; expected: readonly string[] };
  gateway: { contacts: readonly StoredContact[]; logins: readonly StoredLogin[] };
  auth: { logins: readonly StoredLogin[] };
  recovery: Recovery;
  secrets: readonly SecretFinding[];
}

export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I13' | 'I14';

/** An invariant that does not hold. */
export interface Violation {
  invariant: InvariantName;
  message: string;
  /** The contact that it is about. */
  contactId?: number;
}

/** What the value of an event says, as far as it is looked at here. */
export interface EventData {
  contact_id: number;
  version: number;
  position?: number;
  changes?: string[];
  email?: string | null;
  credential?: string | null;
  contact?: Record<string, unknown>;
}

export const dataOf = ({ value }: TopicRecord): EventData => JSON.parse(value!) as EventData;
export const typeOf = ({ headers }: TopicRecord): string => headers['ce_type']?.split('.')[1] ?? '';
export const sequenceOf = ({ headers }: TopicRecord): number => Number(headers['ce_sequence']);
export const correlationOf = ({ headers }: TopicRecord): string => headers['ce_correlationid'] ?? '';

/** Records by key; of each key in the order in which they stand on the topic. */
export function byKey(records: readonly TopicRecord[]): Map<string, TopicRecord[]> {
  const keys = Map.groupBy(records, ({ key }) => key);
  for (const each of keys.values()) each.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return keys;
}
