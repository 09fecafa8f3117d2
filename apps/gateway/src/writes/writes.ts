import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { beginBatch, endingSpans, type BatchSpans } from '#app/tracing';
import { OutboxBound, OutboxRelay, type RecordedRows } from '#app/messaging';
import { inTransaction, inRolledBackTransaction, StatementPool } from '#app/postgres';
import { hidingOthers, withoutMadeUpIds, type EventPreview } from './event-preview.js';
import { EventRecorder } from './event-recorder.js';
import { IdempotencyStore, storedConflict, type RefusedKeys } from './idempotency-store.js';
import type { ResultToStore } from './idempotency-statements.js';
import { KeyedQueue } from './keyed-queue.js';
import { OutboxFull } from './write.errors.js';
import type { WriteRequest } from './write-request.js';
import { limitWaits, untilUnlocked } from './write-waits.js';
import { TogetherUnit, WriteUnit } from './write-unit.js';

/** Writes with a connection that share the lock of one company. */
const SHARED_AT_ONCE = 4;

/** How a write runs, besides its work. */
interface WriteOptions<Result> {
  /** The contact in a result; null if it shows none. */
  contactOf?: (result: Result) => number | null;
  /** The written contact; absent: the contact in the result. */
  written?: number;
  /** What it locks: of the writes that lock the same, one at a time has a connection. */
  locks?: Locks;
}

/** What a write locks before anything else, as far as that is known before its transaction. */
export interface Locks {
  companies?: readonly number[];
  /** Companies that others can lock so too: a few of these writes have a connection at once. */
  sharedCompanies?: readonly number[];
  contact?: number;
  /** The key of an email. */
  email?: string;
}

interface TogetherOptions<Result> {
  /** The contact in a result; null if it shows none. */
  contactOf: (result: Result) => number | null;
  /** Called when only the commit is left to wait for. */
  commits: () => void;
}

/** Runs writes in transactions: changes, events, history and stored results commit together, or not at all. */
@Injectable()
export class Writes {
  private readonly queue = new KeyedQueue();
  private turn = 0;

  constructor(
    private readonly em: EntityManager,
    private readonly statements: StatementPool,
    private readonly recorder: EventRecorder,
    private readonly relay: OutboxRelay,
    private readonly stored: IdempotencyStore,
    private readonly bound: OutboxBound,
  ) {}

  /**
   * Runs one write. A dry run does the same and is rolled back; its result carries its events.
   * @throws {IdempotencyKeyInUse} @throws {IdempotencyConflict} @throws {OutboxFull} @throws {TimedOut} nothing was changed then
   */
  run<Result extends object>(
    request: WriteRequest,
    work: (unit: WriteUnit) => Promise<Result>,
    { contactOf = () => null, written, locks = {} }: WriteOptions<Result> = {},
  ): Promise<Result & { events?: EventPreview[] }> {
    const writtenBy = (result: Result) => written ?? contactOf(result);
    const write = () => (request.dryRun ? this.preview(request, work, writtenBy) : this.perform(request, work, contactOf));
    const { deadline } = request;
    const { own, shared } = keysOf(locks, this.turn++);
    const inTurn = (keys: string[], step: typeof write) => (keys.length === 0 ? step() : this.queue.run(keys, deadline, step));
    // While it waits for a locked contact, the writes of the same companies have their turns.
    return inTurn(own, () => untilUnlocked(deadline, () => inTurn(shared, write)));
  }

  /**
   * Runs several writes in one transaction. If it fails as a whole, none of them is done.
   * @param work returns one outcome per write, in order; those with a `result` are done. It refuses the writes whose keys are refused
   * @throws {IdempotencyConflict} if a result of one is stored already, though that was not seen under the lock of its key
   */
  async runTogether<Write extends { request: WriteRequest }, Outcome extends object>(
    writes: readonly Write[],
    work: (unit: TogetherUnit, writes: readonly Write[], refused: Promise<RefusedKeys>) => Promise<Outcome[]>,
    { contactOf, commits }: TogetherOptions<ResultOf<Outcome>>,
  ): Promise<Outcome[]> {
    this.assertRoom();
    let recorded: readonly RecordedRows[] = [];
    const spans = transactionSpans(writes);
    const requests = writes.map(({ request }) => request);
    const transaction = this.statements.transaction(async (transaction) => {
      const unit = new TogetherUnit(transaction, this.recorder);
      // Sent before the statements of `work`, in the same round trip.
      const keys = this.stored.lockTogether(transaction, requests);
      const done = await work(
        unit,
        writes,
        keys.then(({ refused }) => refused),
      );
      const results = writes.flatMap(({ request }, index) => resultToStore(request, done[index]!, contactOf));
      this.stored.sendResults(transaction, results, await keys);
      recorded = unit.recorded;
      commits();
      return done;
    });
    const outcomes = await endingSpans(spans, transaction).catch(storedConflict);
    this.relay.committed(recorded);
    return outcomes;
  }

  /**
   * Runs a part of what an earlier request has decided: no caller waits for it.
   * @throws {OutboxFull}
   */
  async runPart<Result>(work: (unit: TogetherUnit) => Promise<Result>): Promise<Result> {
    this.assertRoom();
    let recorded: readonly RecordedRows[] = [];
    const result = await this.statements.transaction(async (transaction) => {
      const unit = new TogetherUnit(transaction, this.recorder);
      const done = await work(unit);
      recorded = unit.recorded;
      return done;
    });
    this.relay.committed(recorded);
    return result;
  }

  private async perform<Result extends object>(
    request: WriteRequest,
    work: (unit: WriteUnit) => Promise<Result>,
    contactOf: (result: Result) => number | null,
  ): Promise<Result> {
    this.assertRoom();
    let recorded: readonly RecordedRows[] = [];
    const spans = transactionSpans([{ request }]);
    const transaction = inTransaction(this.em, async (em) => {
      // The caller has its answer: a late connection, or a late lock, changes nothing more.
      request.deadline.assertNotOver();
      await limitWaits(em, request.deadline);
      const unit = new WriteUnit(em, this.recorder, false);
      await this.stored.claim(em, request);
      const done = await work(unit);
      await this.stored.keep(em, [{ request, result: done, contactId: contactOf(done) }]);
      request.deadline.assertNotOver();
      recorded = unit.recorded;
      return done;
    });
    const result = await endingSpans(spans, transaction);
    this.relay.committed(recorded);
    return result;
  }

  private assertRoom(): void {
    if (this.bound.isReached) throw new OutboxFull();
  }

  private preview<Result extends object>(
    { readsContacts, deadline }: WriteRequest,
    work: (unit: WriteUnit) => Promise<Result>,
    writtenBy: (result: Result) => number | null,
  ): Promise<Result & { events: EventPreview[] }> {
    return inRolledBackTransaction(this.em, async (em) => {
      deadline.assertNotOver();
      await limitWaits(em, deadline);
      const unit = new WriteUnit(em, this.recorder, true);
      const result = await work(unit);
      deadline.assertNotOver();
      const written = writtenBy(result);
      const events = unit.previewed.map((event) => (readsContacts ? event.preview : hidingOthers(event, written)));
      return { ...withoutMadeUpIds(result), events };
    });
  }
}

/**
 * The keys of the contact that is written, and those of companies, which writes of other contacts have too.
 * @param turn a number that each write has for itself
 */
const keysOf = ({ companies = [], sharedCompanies = [], contact, email }: Locks, turn: number) => ({
  own: [...(contact === undefined ? [] : [`contact ${contact}`]), ...(email === undefined ? [] : [`email ${email}`])],
  shared: [
    ...companies.map((id) => `company ${id}`),
    ...sharedCompanies.map((id) => `shared company ${id}, ${turn % SHARED_AT_ONCE}`),
  ],
});

const transactionSpans = (writes: readonly { request: WriteRequest }[]): BatchSpans | undefined =>
  beginBatch('transaction', () => writes.map(({ request }) => ({ parent: request.traceparent })), {
    attributes: { 'db.system.name': 'postgresql' },
  });

type ResultOf<Outcome> = Outcome extends { result: infer Result } ? Result : never;

function resultToStore<Outcome extends object>(
  request: WriteRequest,
  outcome: Outcome,
  contactOf: (result: ResultOf<Outcome>) => number | null,
): ResultToStore[] {
  if (request.key === undefined || !('result' in outcome)) return [];
  const result = outcome.result as ResultOf<Outcome> & object;
  return [{ request, result, contactId: contactOf(result) }];
}
