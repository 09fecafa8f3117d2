import type { HealthStatus } from '#app/system';
import type { TopicRecord as ReadRecord } from '#app/system/testing';
import type { Operation } from '../load/history.js';

/** A record as a plain client reads it. */
export interface TopicRecord extends Pick<ReadRecord, 'partition' | 'offset' | 'value' | 'headers'> {
  /** Empty for a record without a key. */
  key: string;
}

/** A contact in the gateway's database. */
export interface StoredContact {
  id: number;
  version: number;
  loginVersion: number;
}

/** A login in one of the databases. */
export interface StoredLogin {
  contactId: number;
  email: string | null;
  emailKey: string | null;
  credential: string | null;
  /** The auth app keeps rows of removed logins and of logins that lost their email. */
  version?: number;
  removed?: boolean;
}

/** Observations during a fault, and of the recovery. */
export interface Recovery {
  /** Milliseconds from the repair to full health; null where health never came back. */
  ms: number | null;
  /** The expected health of an app at the end of the fault, and the observed one. */
  healthChecks: readonly { app: string; wanted: readonly HealthStatus[]; seen: HealthStatus }[];
  /** Processes that ended without a signal from the harness. */
  ended: readonly string[];
  /** What was not published or applied when the time was over; empty where nothing was. */
  pendingWork: readonly string[];
}

/** Where a secret was found. */
export interface SecretFinding {
  place: string;
  secret: 'password' | 'hash';
}

/** The evidence of a run, about the contacts that the run has made. */
export interface Evidence {
  operations: readonly Operation[];
  topics: Readonly<Record<'contacts' | 'logins', readonly TopicRecord[]>>;
  /** Keys of the records that the auth app dead-lettered, and of those that it should have. */
  deadLetters: { found: readonly string[]; expected: readonly string[] };
  gateway: { contacts: readonly StoredContact[]; logins: readonly StoredLogin[] };
  auth: { logins: readonly StoredLogin[] };
  recovery: Recovery;
  secrets: readonly SecretFinding[];
}

export type InvariantName = 'I1' | 'I2' | 'I3' | 'I4' | 'I5' | 'I6' | 'I7' | 'I8' | 'I9' | 'I10' | 'I11' | 'I12' | 'I13' | 'I14';

/** A violation of an invariant. */
export interface Violation {
  invariant: InvariantName;
  message: string;
  /** The contact of the violation. */
  contactId?: number;
}

/** The part of an event's value that the checks read. */
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

/** Records by key, in the order of the topic. */
export function byKey(records: readonly TopicRecord[]): Map<string, TopicRecord[]> {
  const keys = Map.groupBy(records, ({ key }) => key);
  for (const each of keys.values()) each.sort((a, b) => a.partition - b.partition || a.offset - b.offset);
  return keys;
}
