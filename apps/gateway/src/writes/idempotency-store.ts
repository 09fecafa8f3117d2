import { createHash } from 'node:crypto';
import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import {
  constraintOf,
  query,
  SharedLookUps,
  SLICE_ROWS,
  StatementPool,
  type StatementRunner,
  type StatementTransaction,
} from '#app/postgres';
import {
  FIND,
  findValues,
  INSERT,
  INSERT_OR_REPLACE,
  insertValues,
  LOCK,
  REMOVE_EXPIRED,
  type ResultToStore,
  type StoredRow,
} from './idempotency-statements.js';
import { isSameRequest } from './request-fingerprint.js';
import { IdempotencyConflict, IdempotencyKeyInUse, IdempotencyKeyReused } from './write.errors.js';
import type { StoredResult, IdempotencyKey, WriteRequest } from './write-request.js';

/** Why requests of a batch may not be served; found under the locks of their keys. */
export type RefusedKeys = ReadonlyMap<WriteRequest, Error>;

interface LockedKeys {
  refused: RefusedKeys;
  /** Requests whose keys have expired results. */
  expired: readonly WriteRequest[];
}

const NO_KEYS: LockedKeys = { refused: new Map(), expired: [] };

/** Stores what an `Idempotency-Key` was answered, in the transaction of the change. */
@Injectable()
export class IdempotencyStore {
  private readonly lookUps: SharedLookUps<Pick<IdempotencyKey, 'tokenId' | 'key'>, StoredRow>;

  constructor(
    private readonly em: EntityManager,
    statements: StatementPool,
  ) {
    this.lookUps = new SharedLookUps(
      (keys) => statements.query<StoredRow>(FIND, findValues(keys)),
      (row, { tokenId, key }) => row.token_id === tokenId && row.key === key,
    );
  }

  /**
   * The stored results of a key.
   * @throws {IdempotencyKeyReused} if they belong to another request
   */
  async find(key: Omit<IdempotencyKey, 'kept' | 'replayed'>): Promise<Map<number, StoredResult>> {
    const rows = (await this.lookUps.find(key)).filter(({ expired }) => !expired);
    if (rows.some((row) => !isSameRequest(key.fingerprint, row))) throw new IdempotencyKeyReused();
    return new Map(rows.map(({ item, result }) => [item, { result: parsed(result) }]));
  }

  /**
   * Locks the key of a request until the transaction ends, without waiting.
   * @throws {IdempotencyKeyInUse} if another transaction holds it @throws {IdempotencyConflict} @throws {IdempotencyKeyReused}
   */
  async claim(runner: StatementRunner, request: WriteRequest): Promise<void> {
    const { key } = request;
    if (!key) return;
    if ((await this.lock(runner, [request])).size > 0) throw new IdempotencyKeyInUse();
    const rows = await query<StoredRow>(runner, FIND, findValues([key]));
    const refused = rows.map((row) => refusedFor(request, row)).find((error) => error !== undefined);
    if (refused) throw refused;
  }

  /** Whether a transaction holds the lock of a key now. */
  async isHeld(key: IdempotencyKey): Promise<boolean> {
    const [lock] = await query<{ taken: boolean }>(this.em.fork(), LOCK, [`{${lockOf(key)}}`]);
    return !lock!.taken;
  }

  /** Locks the keys of requests until the transaction ends, without waiting. @returns the requests whose keys another transaction holds */
  async lock(runner: StatementRunner, requests: readonly WriteRequest[]): Promise<Set<WriteRequest>> {
    const keyed = requests.filter(({ key }) => key !== undefined);
    if (keyed.length === 0) return new Set();
    const locks = await query<{ taken: boolean }>(runner, LOCK, [`{${keyed.map(({ key }) => lockOf(key!)).join(',')}}`]);
    return new Set(keyed.filter((_, index) => !locks[index]!.taken));
  }

  /** Locks the keys of a batch's requests, and looks them up again under the locks; both statements are sent at once. */
  async lockTogether(transaction: StatementTransaction, requests: readonly WriteRequest[]): Promise<LockedKeys> {
    const keyed = requests.filter(({ key }) => key !== undefined);
    const locking = this.lock(transaction, keyed);
    if (keyed.length === 0) return locking.then(() => NO_KEYS);
    const [busy, rows] = await Promise.all([
      locking,
      // A later statement's snapshot has what was committed before the locks were free.
      transaction.query<StoredRow>(FIND, findValues([...new Set(keyed.map(({ key }) => key!))])),
    ]);
    const refused = new Map<WriteRequest, Error>();
    const locked = new Map<string, WriteRequest[]>();
    for (const request of keyed) {
      const name = nameOf(request.key!);
      const items = locked.get(name) ?? [];
      // A caller that went away and sent its request again can have two in one batch.
      const isAnother = items.some(({ key }) => key !== request.key);
      if (busy.has(request) || isAnother) refused.set(request, new IdempotencyKeyInUse());
      else locked.set(name, [...items, request]);
    }
    const expired: WriteRequest[] = [];
    for (const row of rows) {
      for (const request of locked.get(nameOf({ tokenId: row.token_id, key: row.key })) ?? []) {
        if (row.expired && row.item === request.item) expired.push(request);
        const error = refusedFor(request, row);
        if (error) refused.set(request, error);
      }
    }
    return { refused, expired };
  }

  /**
   * Stores results, in the transaction of their changes.
   * @throws {IdempotencyConflict} if one is stored already
   */
  async keep(runner: StatementRunner, results: readonly ResultToStore[]): Promise<void> {
    const keyed = results.filter(({ request }) => request.key !== undefined);
    if (keyed.length === 0) return;
    const kept = await query(runner, INSERT_OR_REPLACE, insertValues(keyed));
    if (kept.length < keyed.length) throw storedAlready();
  }

  /** Sends results of a batch. Where one is stored already the commit fails: {@link storedConflict}. */
  sendResults(transaction: StatementTransaction, results: readonly ResultToStore[], { expired }: LockedKeys): void {
    const keyed = results.filter(({ request }) => request.key !== undefined);
    if (keyed.length === 0) return;
    if (expired.length > 0) {
      const keys = findValues(expired.map(({ key }) => key!));
      void transaction.query(REMOVE_EXPIRED, [...keys, expired.map(({ item }) => item)]);
    }
    void transaction.query(INSERT, insertValues(keyed));
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

/** @throws {IdempotencyConflict} for a batch that failed because a result is stored already; the error itself otherwise */
export function storedConflict(error: unknown): never {
  throw constraintOf(error) === 'idempotency_key_pkey' ? storedAlready() : error;
}

const storedAlready = (): IdempotencyConflict => new IdempotencyConflict('The request was answered under this key.');

/** Why a row that is stored under the key of a request, which holds the lock of the key, refuses it. */
function refusedFor({ key, item }: WriteRequest, row: StoredRow): Error | undefined {
  if (row.expired) return undefined;
  if (!isSameRequest(key!.fingerprint, row)) return new IdempotencyKeyReused();
  return row.item === item ? storedAlready() : undefined;
}

const nameOf = ({ tokenId, key }: Pick<IdempotencyKey, 'tokenId' | 'key'>): string => `${tokenId} ${key}`;

const parsed = (result: object | string | null): object | null =>
  typeof result === 'string' ? (JSON.parse(result) as object) : result;

/** The advisory lock of a key: 64 bits, so that two keys rarely share one; if they do, one of the requests has to be sent again. */
const lockOf = ({ tokenId, key }: IdempotencyKey): bigint =>
  createHash('sha256').update(`${tokenId}:${key}`).digest().readBigInt64BE();
