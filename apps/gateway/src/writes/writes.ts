import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { Outbox, OutboxBound, OutboxRelay } from '#app/messaging';
import { inTransaction, inRolledBackTransaction } from '#app/postgres';
import { withinDeadline } from '#app/timing';
import { withoutMadeUpIds, type EventPreview } from './event-preview.js';
import { IdempotencyStore } from './idempotency-store.js';
import { WRITE_DEADLINE_MS, WriteTimedOut } from './write-deadline.js';
import { IdempotencyKeyInUse, OutboxFull } from './write.errors.js';
import type { WriteRequest } from './write-request.js';
import { WriteUnit } from './write-unit.js';

/** An outcome of one write among several: a result, or the error that concerns it alone. */
export type Outcome<Result> = { result: Result } | { error: unknown };

/** The contact that a result shows; null where it shows none. */
type ContactOf<Result> = (result: Result) => number | null;

/** Runs writes in transactions: the changes, their events, their history and the kept results commit together, or not at all. */
@Injectable()
export class Writes {
  constructor(
    private readonly em: EntityManager,
    private readonly outbox: Outbox,
    private readonly relay: OutboxRelay,
    private readonly kept: IdempotencyStore,
    private readonly bound: OutboxBound,
  ) {}

  /**
   * Runs one write. A dry run does the same without leaving a trace, and its result carries the events that would follow.
   * @throws {IdempotencyKeyInUse} @throws {IdempotencyConflict} @throws {OutboxFull} @throws {WriteTimedOut}
   */
  run<Result extends object>(
    request: WriteRequest,
    work: (unit: WriteUnit) => Promise<Result>,
    contactOf: ContactOf<Result> = () => null,
    deadlineMs = WRITE_DEADLINE_MS,
  ): Promise<Result & { events?: EventPreview[] }> {
    const written = request.dryRun ? this.preview(work) : this.perform(request, work, contactOf);
    return withinDeadline(written, deadlineMs, () => new WriteTimedOut());
  }

  /** Runs several writes in one transaction. One that fails as a whole leaves none of them done. */
  runTogether<Write extends { request: WriteRequest }, Result extends object>(
    writes: readonly Write[],
    work: (unit: WriteUnit, writes: Write[]) => Promise<Outcome<Result>[]>,
    contactOf: ContactOf<Result>,
  ): Promise<Outcome<Result>[]> {
    return this.transact(async (unit) => {
      const requests = writes.map(({ request }) => request);
      const busy = await this.kept.lock(unit.em, requests);
      const free = writes.filter(({ request }) => !busy.has(request));
      const done = await work(unit, free);
      const outcomes = new Map(free.map((write, index) => [write.request, done[index]!]));
      await this.kept.keep(
        unit.em,
        [...outcomes].flatMap(([request, outcome]) =>
          'result' in outcome ? [{ request, result: outcome.result, contactId: contactOf(outcome.result) }] : [],
        ),
      );
      return requests.map((request) => outcomes.get(request) ?? { error: busyError() });
    });
  }

  private perform<Result extends object>(
    request: WriteRequest,
    work: (unit: WriteUnit) => Promise<Result>,
    contactOf: ContactOf<Result>,
  ): Promise<Result> {
    return this.transact(async (unit) => {
      const busy = await this.kept.lock(unit.em, [request]);
      if (busy.size > 0) throw busyError();
      const result = await work(unit);
      await this.kept.keep(unit.em, [{ request, result, contactId: contactOf(result) }]);
      return result;
    });
  }

  private async transact<T>(work: (unit: WriteUnit) => Promise<T>): Promise<T> {
    if (this.bound.isReached) throw new OutboxFull();
    let recorded = 0;
    const result = await inTransaction(this.em, async (em) => {
      const unit = new WriteUnit(em, this.outbox, false);
      const done = await work(unit);
      recorded = unit.recorded;
      return done;
    });
    if (recorded > 0) this.relay.wake();
    return result;
  }

  private preview<Result extends object>(
    work: (unit: WriteUnit) => Promise<Result>,
  ): Promise<Result & { events: EventPreview[] }> {
    return inRolledBackTransaction(this.em, async (em) => {
      const unit = new WriteUnit(em, this.outbox, true);
      const result = await work(unit);
      return withoutMadeUpIds({ ...result, events: unit.previews });
    });
  }
}

const busyError = (): IdempotencyKeyInUse => new IdempotencyKeyInUse();
