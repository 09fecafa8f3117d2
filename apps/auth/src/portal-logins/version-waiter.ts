import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type BeforeApplicationShutdown } from '@nestjs/common';
import { PortalLogin } from './portal-login.entity.js';

/** How often the database is asked for all waiting requests: another replica may have applied their version. */
const POLL_MS = 100;
/** Most requests that wait; further ones get the current state at once. */
export const MOST_WAITERS = 1_000;

interface Applied {
  contactId: number;
  version: number;
}

interface Waiter extends Applied {
  done: () => void;
}

/** Wakes requests that wait for a login to reach a version. */
@Injectable()
export class VersionWaiter implements BeforeApplicationShutdown {
  private readonly logger = new Logger(VersionWaiter.name);
  private readonly waiters = new Set<Waiter>();
  private polling = false;
  private closed = false;

  constructor(private readonly em: EntityManager) {}

  /** Reports versions that this replica has applied. */
  applied(rows: readonly Applied[]): void {
    if (this.waiters.size === 0) return;
    const versions = new Map(rows.map(({ contactId, version }) => [contactId, version]));
    for (const waiter of this.waiters) if ((versions.get(waiter.contactId) ?? 0) >= waiter.version) waiter.done();
  }

  /** Resolves when the login is at the version or above, or at the timeout. */
  async until(contactId: number, version: number, ms: number): Promise<void> {
    if (ms <= 0 || this.closed || this.waiters.size >= MOST_WAITERS) return;
    await new Promise<void>((resolve) => {
      const timer = setTimeout(() => waiter.done(), ms);
      const done = (): void => {
        clearTimeout(timer);
        this.waiters.delete(waiter);
        resolve();
      };
      const waiter: Waiter = { contactId, version, done };
      this.waiters.add(waiter);
      void this.poll();
    });
  }

  /** Answers waiting requests with the current state, before the server waits for its connections. */
  beforeApplicationShutdown(): void {
    this.closed = true;
    for (const waiter of this.waiters) waiter.done();
  }

  /** One query at a time, however many requests wait. */
  private async poll(): Promise<void> {
    if (this.polling) return;
    this.polling = true;
    while (this.waiters.size > 0) {
      try {
        const contactIds = [...new Set([...this.waiters].map(({ contactId }) => contactId))];
        this.applied(await this.em.fork().find(PortalLogin, { contactId: { $in: contactIds } }));
      } catch (err) {
        this.logger.debug({ msg: 'Logins waited for cannot be read.', err });
      }
      await new Promise((resolve) => setTimeout(resolve, POLL_MS));
    }
    this.polling = false;
  }
}
