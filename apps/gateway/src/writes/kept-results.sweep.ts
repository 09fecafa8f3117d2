import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { KeptResults } from './kept-results.js';

const EVERY_MS = 60_000;

/** Deletes kept results whose time is over, on every replica: they hold what they answered. */
@Injectable()
export class KeptResultsSweep implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(KeptResultsSweep.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly kept: KeptResults) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.sweep(), EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async sweep(): Promise<void> {
    try {
      await this.kept.sweep();
    } catch (err) {
      this.logger.debug({ msg: 'Expired results stay for now.', err });
    }
  }
}
