import { Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RepeatedWork } from '#app/timing';

/** Most rows that one statement deletes: it ends within its time, whatever the backlog. */
export const SLICE_ROWS = 10_000;

/** Deletes rows that are past their time on every replica, slice by slice until none is left. An error waits for the next run. */
export abstract class Sweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(this.constructor.name);
  private readonly runs: RepeatedWork;

  protected constructor(everyMs: number) {
    this.runs = new RepeatedWork(everyMs, () => this.run());
  }

  onApplicationBootstrap(): void {
    this.runs.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.runs.stop();
  }

  /** Deletes up to {@link SLICE_ROWS} rows. @returns the number of deleted rows */
  protected abstract deleteSlice(): Promise<number>;

  private async run(): Promise<boolean> {
    try {
      return (await this.deleteSlice()) >= SLICE_ROWS;
    } catch (err) {
      this.logger.debug({ msg: 'Rows that are past their time stay for now.', err });
      return false;
    }
  }
}
