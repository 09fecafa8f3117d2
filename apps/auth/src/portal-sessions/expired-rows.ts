import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';

const EVERY_MS = 60_000;

/** Forgets sessions and attempts whose time is over. */
@Injectable()
export class ExpiredRows implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ExpiredRows.name);
  private timer: NodeJS.Timeout | undefined;

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.timer = setInterval(() => void this.forget(), EVERY_MS).unref();
  }

  beforeApplicationShutdown(): void {
    clearInterval(this.timer);
  }

  private async forget(): Promise<void> {
    try {
      for (const table of ['portal_session', 'login_attempt']) {
        await this.em.fork().execute(`delete from ${table} where expires_at < clock_timestamp()`);
      }
    } catch (err) {
      this.logger.debug({ msg: 'Expired rows stay for now.', err });
    }
  }
}
