import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable } from '@nestjs/common';
import { CommandBus, type Command } from '@nestjs/cqrs';
import { tracing } from '#app/tracing';
import { errorAnswer } from '../wire/error-answer.js';
import { IdempotencyCounts } from './idempotency-counts.js';
import { IdempotencyStore } from './idempotency-store.js';
import { IdempotencyConflict, StoredResultGone, IdempotencyKeyInUse } from './write.errors.js';
import type { IdempotencyKey, WriteRequest } from './write-request.js';

/** A command that a request causes and that changes something. */
type WriteCommand<Result> = Command<Result> & { readonly request: WriteRequest };

const KEY_PAUSE_MS = 50;

/** Whether the request was refused, and did not fail. */
const isDecided = (error: unknown): boolean => error instanceof IdempotencyConflict || (errorAnswer(error)?.status ?? 500) < 500;

/** Sends writes to their handlers, each once per key: a stored result is answered again. */
@Injectable()
export class WriteBus {
  constructor(
    private readonly commands: CommandBus,
    private readonly keptResults: IdempotencyStore,
    private readonly counts: IdempotencyCounts,
  ) {}

  /**
   * @throws {StoredResultGone} if the stored result's contact has been deleted
   * @throws {TimedOut} at the request's deadline; the change may be made or not
   */
  execute<Result extends object>(command: WriteCommand<Result>): Promise<Result> {
    const { key, deadline } = command.request;
    return deadline.bound(key ? this.counted(command, key) : this.traced(command));
  }

  /**
   * Waits while another transaction holds the key of a request.
   * @throws {TimedOut} at the request's deadline
   */
  async untilKeyIsFree({ key, deadline }: WriteRequest): Promise<void> {
    while (key && (await deadline.bound(this.keptResults.isHeld(key)))) {
      await sleep(KEY_PAUSE_MS);
      deadline.assertNotOver();
    }
  }

  private async counted<Result extends object>(command: WriteCommand<Result>, key: IdempotencyKey): Promise<Result> {
    try {
      return await this.once(command, key);
    } catch (error) {
      this.counts.failed(error);
      throw error;
    }
  }

  private async once<Result extends object>(command: WriteCommand<Result>, key: IdempotencyKey): Promise<Result> {
    const { item, dryRun } = command.request;
    if (key.kept.has(item)) return this.replay(key, item);
    try {
      const result = await this.traced(command);
      if (!dryRun) this.counts.kept();
      return result;
    } catch (error) {
      if (dryRun || !isDecided(error)) throw error;
      // Sent twice, it can be refused for what it has done itself since its key was looked up.
      key.kept = await this.keptResults.find(key);
      if (key.kept.has(item) || error instanceof IdempotencyConflict) return this.replay(key, item);
      throw error;
    }
  }

  private replay<Result extends object>(key: IdempotencyKey, item: number): Result {
    const kept = key.kept.get(item);
    if (!kept) throw new IdempotencyKeyInUse();
    if (!kept.result) throw new StoredResultGone();
    key.replayed();
    this.counts.replayed();
    return kept.result as Result;
  }

  /** In a span of its own where tracing is on; its transaction and its events are the span's children. */
  private traced<Result extends object>(command: WriteCommand<Result>): Promise<Result> {
    const on = tracing();
    if (!on) return this.commands.execute(command);
    const { request } = command;
    const span = on.begin(command.constructor.name, { parent: request.traceparent });
    request.traceparent = span.traceparent;
    return this.commands.execute(command).then(
      (result) => (span.end(), result),
      (error: unknown) => {
        span.end({ error });
        throw error;
      },
    );
  }
}
