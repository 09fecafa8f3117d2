import { createHash } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query, SLICE_ROWS, type StatementRunner } from '#app/postgres';
import { isSameRequest } from './request-fingerprint.js';
import { IdempotencyConflict, IdempotencyKeyReused } from './write.errors.js';
import type { StoredResult, IdempotencyKey, WriteRequest } from './write-request.js';

/** How long a result is kept. */
const KEPT_FOR = '24 hours';

/** A result to store under the key of its request. */
interface ResultToStore {
  request: WriteRequest;
  result: object;
  /** The contact in the result: its deletion empties the result. */
  contactId: number | null;
}

interface KeptRow {
  item: number;
  fingerprint: Buffer;
  meaning: Buffer | null;
  result: object | string | null;
}

/** Stores what an `Idempotency-Key` was answered, in the transaction of the change. */
@Injectable()
export class IdempotencyStore {
  constructor(private readonly em: EntityManager) {}

  /**
   * The stored results of a key.
   * @throws {IdempotencyKeyReused} if they belong to another request
   */
  async find({ tokenId, key, fingerprint }: Omit<IdempotencyKey, 'kept' | 'replayed'>): Promise<Map<number, StoredResult>> {
    const rows = await query<KeptRow>(
      this.em.fork(),
      `select item, fingerprint, meaning,
         case when contact_id is null or exists (select from contact c where c.id = k.contact_id) then result end as result
       from idempotency_key k where token_id = $1 and key = $2 and expires_at > clock_timestamp()`,
      [tokenId, key],
    );
    if (rows.some((row) => !isSameRequest(fingerprint, row))) throw new IdempotencyKeyReused();
    return new Map(rows.map(({ item, result }) => [item, { result: parsed(result) }]));
  }

  /** Locks the keys of requests until the transaction ends, without waiting. @returns the requests whose keys another transaction holds */
  async lock(runner: StatementRunner, requests: readonly WriteRequest[]): Promise<Set<WriteRequest>> {
    const keyed = requests.filter(({ key }) => key !== undefined);
    if (keyed.length === 0) return new Set();
    const locks = await query<{ taken: boolean }>(
      runner,
      `select pg_try_advisory_xact_lock(lock) as taken from unnest($1::bigint[]) with ordinality as k(lock, place) order by place`,
      [`{${keyed.map(({ key }) => lockOf(key!)).join(',')}}`],
    );
    return new Set(keyed.filter((_, index) => !locks[index]!.taken));
  }

  /**
   * Stores results, in the transaction of their changes.
   * @throws {IdempotencyConflict} if one is stored already
   */
  async keep(runner: StatementRunner, results: readonly ResultToStore[]): Promise<void> {
    const rows = results.filter(({ request }) => request.key !== undefined).map(rowOf);
    if (rows.length === 0) return;
    const kept = await query(
      runner,
      `insert into idempotency_key as k (token_id, key, item, fingerprint, meaning, contact_id, result, expires_at)
         select token_id, key, item, decode(fingerprint, 'base64'), decode(meaning, 'base64'), contact_id, result, clock_timestamp() + interval '${KEPT_FOR}'
         from json_to_recordset($1::json)
           as r(token_id bigint, key text, item int, fingerprint text, meaning text, contact_id bigint, result json)
       on conflict (token_id, key, item) do update
         set fingerprint = excluded.fingerprint, meaning = excluded.meaning, contact_id = excluded.contact_id, result = excluded.result, expires_at = excluded.expires_at
         where k.expires_at <= clock_timestamp()
       returning 1`,
      [JSON.stringify(rows)],
    );
    if (kept.length < rows.length) throw new IdempotencyConflict('The request was answered under this key.');
  }

  /** Deletes expired results. @returns how many */
  async sweep(): Promise<number> {
    const rows = await query(
      this.em.fork(),
      `delete from idempotency_key where (token_id, key, item) in
         (select token_id, key, item from idempotency_key where expires_at <= clock_timestamp() limit ${SLICE_ROWS} for update skip locked)
       returning 1`,
    );
    return rows.length;
  }
}

const rowOf = ({ request: { key, item }, result, contactId }: ResultToStore) => ({
  token_id: key!.tokenId,
  key: key!.key,
  item,
  fingerprint: key!.fingerprint.spelling.toString('base64'),
  meaning: key!.fingerprint.meaningWith(key!.fingerprint.spelling).toString('base64'),
  contact_id: contactId,
  result,
});

const parsed = (result: object | string | null): object | null =>
  typeof result === 'string' ? (JSON.parse(result) as object) : result;

/** The advisory lock of a key: 64 bits, so that two keys rarely share one; if they do, one of the requests has to be sent again. */
const lockOf = ({ tokenId, key }: IdempotencyKey): bigint =>
  createHash('sha256').update(`${tokenId}:${key}`).digest().readBigInt64BE();
