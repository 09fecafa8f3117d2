import { Injectable } from '@nestjs/common';
import { Tally } from '#app/http';
import { IdempotencyKeyInUse, IdempotencyKeyReused } from './write.errors.js';

/** Counts what became of writes with an `Idempotency-Key`, each item of a batch for itself. */
@Injectable()
export class IdempotencyCounts {
  readonly tally = new Tally(['kept', 'replayed', 'conflict']);

  /** The change is committed, and its result is stored. */
  kept(): void {
    this.tally.count('kept');
  }

  /** A stored result was answered again. */
  replayed(): void {
    this.tally.count('replayed');
  }

  /** Counts an error that the key is the cause of. */
  failed(error: unknown): void {
    if (error instanceof IdempotencyKeyInUse || error instanceof IdempotencyKeyReused) this.tally.count('conflict');
  }
}
