import type { Deadline } from '../wire/deadline.js';
import type { FieldErrors } from '../wire/validation.error.js';
import type { Fingerprint } from './request-fingerprint.js';
import type { WriteCondition } from './version-condition.js';

export type { FieldErrors } from '../wire/validation.error.js';

/** The index of a result under one key: the request as a whole, or an item of a batch from 0. */
export const WHOLE_REQUEST = -1;

/** A result stored under a key; null once its contact has been deleted. */
export interface StoredResult {
  result: object | null;
}

/** An `Idempotency-Key` and its stored results. */
export interface IdempotencyKey {
  /** Id of the API token, decimal: keys of different callers are independent. */
  tokenId: string;
  key: string;
  /** Fingerprint of method, path, query, `Prefer` and body. */
  fingerprint: Fingerprint;
  /** Stored results, by index. */
  kept: ReadonlyMap<number, StoredResult>;
  /** Called when a stored result is answered again. */
  replayed: () => void;
}

/** The caller and the id of a request: events carry them. */
interface RequestOrigin {
  requestId: string;
  /** Id of the API token, decimal. */
  actor: string;
  /** W3C trace context; null if the request was not traced. */
  traceparent: string | null;
}

/** A request for a write, with its terms. */
export interface WriteRequest extends RequestOrigin {
  /** Over all that the write waits for. */
  deadline: Deadline;
  /** The version that the resource must have, from `If-Match` and `If-None-Match`. */
  condition: WriteCondition | undefined;
  /** Rolls the write back, and answers as if it were done. */
  dryRun: boolean;
  /** Whether the caller may read contacts: without it a dry run shows no data of contacts other than the one written. */
  readsContacts: boolean;
  /** Refuse fields that are not known. */
  strict: boolean;
  /** Errors of the terms themselves. */
  errors: FieldErrors;
  key: IdempotencyKey | undefined;
  /** Index of this write in a batch, or {@link WHOLE_REQUEST}. */
  item: number;
}
