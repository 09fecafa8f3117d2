import { Injectable } from '@nestjs/common';
import { Sweep } from '#app/postgres';
import { IdempotencyStore } from './idempotency-store.js';

const EVERY_MS = 60_000;

/** Deletes expired results: they hold answers. */
@Injectable()
export class IdempotencySweep extends Sweep {
  constructor(private readonly store: IdempotencyStore) {
    super(EVERY_MS);
  }

  protected deleteSlice(): Promise<number> {
    return this.store.sweep();
  }
}
