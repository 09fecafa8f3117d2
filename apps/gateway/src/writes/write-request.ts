import type { FieldErrors } from '../wire/validation.error.js';
import type { Fingerprint } from './request-fingerprint.js';
import type { WriteCondition } from './version-condition.js';

export type { FieldErrors } from '../wire/validation.error.js';

/** The place of a result among those of one key: the request as a whole, or an item of a batch from 0. */
export const WHOLE_REQUEST = -1;

/** A result that was kept under a key; null once what it was about has been deleted. */
export interface StoredResult {
  result: object | null;
}

/** An `Idempotency-Key` with what is known of it. */
export interface IdempotencyKey {
  /** Id of the API token, decimal: keys of different callers have nothing to do with each other. */
  tokenId: string;
  key: string;
  /** Of method, path, query, `Prefer` and body. */
  fingerprint: Fingerprint;
  /** Results that were kept before, by their place. */
  kept: ReadonlyMap<number, StoredResult>;
  /** Called where a stored result is answered again. */
  replayed: () => void;
}

/** Who asked, and under which id: what events say of the request that led to them. */
export interface RequestOrigin {
  requestId: string;
  /** Id of the API token, decimal. */
  actor: string;
  /** W3C trace context; null where the request was not traced. */
  traceparent: string | null;
}

/** A request for a write, with the terms on which it is asked for. */
export interface WriteRequest extends RequestOrigin {
  /** What must hold of the resource's version. */
  ifMatch: WriteCondition | undefined;
  /** Answer as if it were done, and do nothing. */
  dryRun: boolean;
  /** Whether the caller may read contacts: without it a dry run shows no data of contacts other than the one written. */
  readsContacts: boolean;
  /** Refuse fields that are not known. */
  strict: boolean;
  /** What is wrong with the terms themselves. */
  refusals: FieldErrors;
  key: IdempotencyKey | undefined;
  /** Place of this write in a batch, or {@link WHOLE_REQUEST}. */
  item: number;
}
