import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RepeatedWork } from '#app/timing';
import { IdempotencyStore, SWEEP_ROWS } from './idempotency-store.js';

const EVERY_MS = 60_000;

/** Deletes expired results on every replica, until none is left: they hold answers. */
@Injectable()
export class IdempotencySweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(IdempotencySweep.name);
  private readonly sweeps = new RepeatedWork(EVERY_MS, () => this.sweep());

  constructor(private readonly kept: IdempotencyStore) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  /** @returns whether more may be left */
  private async sweep(): Promise<boolean> {
    try {
      return (await this.kept.sweep()) === SWEEP_ROWS;
    } catch (err) {
      this.logger.debug({ msg: 'Expired results stay for now.', err });
      return false;
    }
  }
}
