import { joinedList, listIn, type PreparedStatement } from '#app/postgres';
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

/** Fails by its primary key where a result is stored already. */
export const INSERT: PreparedStatement = {
  name: 'idempotency-insert',
  text: `insert into idempotency_key as k (token_id, key, item, fingerprint, meaning, contact_id, result, expires_at)
    select token_id, key, item, decode(fingerprint, 'base64'), decode(meaning, 'base64'), contact_id, result::json,
      clock_timestamp() + interval '${KEPT_FOR}'
    from unnest($1::bigint[], ${listIn(2)}, $3::int[], ${listIn(4)}, ${listIn(5)}, ${listIn(6)}::bigint[], ${listIn(7)})
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
  const spellings = keys.map(({ fingerprint }) => fingerprint.spelling);
  return [
    keys.map(({ tokenId }) => tokenId),
    joinedList(keys.map(({ key }) => key)),
    results.map(({ request }) => request.item),
    joinedList(spellings.map((spelling) => spelling.toString('base64'))),
    joinedList(keys.map(({ fingerprint }, index) => fingerprint.meaningWith(spellings[index]!).toString('base64'))),
    joinedList(results.map(({ contactId }) => contactId?.toString() ?? null)),
    joinedList(results.map(({ result }) => JSON.stringify(result))),
  ];
};
