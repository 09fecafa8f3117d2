import type { PreparedStatement } from '#app/postgres';
import type { IdempotencyKey, WriteRequest } from './write-request.js';

/** How long a result is kept. */
const KEPT_FOR = '24 hours';

/** A result to store under the key of its request. */
export interface ResultToStore {
  request: WriteRequest;
  result: object;
  /** The contact in the result: its deletion empties the result. */
  contactId: number | null;
}

/** A stored result. */
export interface StoredRow {
  token_id: string;
  key: string;
  item: number;
  expired: boolean;
  fingerprint: Buffer;
  meaning: Buffer | null;
  result: object | string | null;
}

/**
 * Stored results by pairs of token and key, expired ones too. Each pair is a look-up of its own, and so is its contact (`offset 0`, and no
 * `exists`): a plan that was made while the table was empty joined all of it.
 */
export const FIND: PreparedStatement = {
  name: 'idempotency-find',
  text: `select k.token_id, k.key, k.item, k.expires_at <= clock_timestamp() as expired, k.fingerprint, k.meaning,
      case when k.contact_id is null or (select true from contact c where c.id = k.contact_id) then k.result end as result
    from unnest($1::bigint[], $2::text[]) as r(token_id, key)
      cross join lateral (select * from idempotency_key i where i.token_id = r.token_id and i.key = r.key offset 0) k`,
};

export const findValues = (keys: readonly Pick<IdempotencyKey, 'tokenId' | 'key'>[]): [string[], string[]] => [
  keys.map(({ tokenId }) => tokenId),
  keys.map(({ key }) => key),
];

export const LOCK: PreparedStatement = {
  name: 'idempotency-lock',
  text: `select pg_try_advisory_xact_lock(lock) as taken from unnest($1::bigint[]) with ordinality as k(lock, place) order by place`,
};

export const REMOVE_EXPIRED: PreparedStatement = {
  name: 'idempotency-remove-expired',
  text: `delete from idempotency_key k using unnest($1::bigint[], $2::text[], $3::int[]) as r(token_id, key, item)
    where (k.token_id, k.key, k.item) = (r.token_id, r.key, r.item) and k.expires_at <= clock_timestamp()`,
};

// Lists are joined by a character that neither JSON nor a key can hold: this costs a tenth of reading JSON.
const SEPARATOR = '\x1f';
const NULL = '\x1e';
const list = (parameter: number): string => `string_to_array($${parameter}, E'\\x1f', E'\\x1e')`;

/** Fails by its primary key where a result is stored already. */
export const INSERT: PreparedStatement = {
  name: 'idempotency-insert',
  text: `insert into idempotency_key as k (token_id, key, item, fingerprint, meaning, contact_id, result, expires_at)
    select token_id, key, item, decode(fingerprint, 'base64'), decode(meaning, 'base64'), contact_id, result::json,
      clock_timestamp() + interval '${KEPT_FOR}'
    from unnest($1::bigint[], ${list(2)}, $3::int[], ${list(4)}, ${list(5)}, ${list(6)}::bigint[], ${list(7)})
      as r(token_id, key, item, fingerprint, meaning, contact_id, result)`,
};

/** Replaces expired results. @returns fewer rows where a result is stored already */
export const INSERT_OR_REPLACE = `${INSERT.text}
  on conflict (token_id, key, item) do update
    set fingerprint = excluded.fingerprint, meaning = excluded.meaning, contact_id = excluded.contact_id, result = excluded.result, expires_at = excluded.expires_at
    where k.expires_at <= clock_timestamp()
  returning 1`;

export const insertValues = (results: readonly ResultToStore[]): unknown[] => {
  const keys = results.map(({ request }) => request.key!);
  const joined = (values: readonly string[]): string => values.join(SEPARATOR);
  const spellings = keys.map(({ fingerprint }) => fingerprint.spelling);
  return [
    keys.map(({ tokenId }) => tokenId),
    joined(keys.map(({ key }) => key)),
    results.map(({ request }) => request.item),
    joined(spellings.map((spelling) => spelling.toString('base64'))),
    joined(keys.map(({ fingerprint }, index) => fingerprint.meaningWith(spellings[index]!).toString('base64'))),
    joined(results.map(({ contactId }) => contactId?.toString() ?? NULL)),
    joined(results.map(({ result }) => JSON.stringify(result))),
  ];
};
