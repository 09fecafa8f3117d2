import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { clockMs } from '../record-watch.js';

const GIVE_UP_MS = 30_000;
const VERSIONS = 'select contact_id, version from portal_login where contact_id = any($1::bigint[])';

interface Waiting {
  version: number;
  since: number;
  done: (appliedAt: number) => void;
  fail: (error: Error) => void;
}

/** Asks the auth app's database about once a millisecond for all logins that are waited for, by one statement. */
export class AppliedWatch {
  private readonly waiting = new Map<number, Waiting>();
  private isOver = false;
  private polling: Promise<void> = Promise.resolve();

  private constructor(private readonly sql: pg.Client) {}

  static async start(connectionString: string): Promise<AppliedWatch> {
    const sql = new pg.Client({ connectionString });
    await sql.connect();
    const watch = new AppliedWatch(sql);
    watch.polling = watch.poll();
    return watch;
  }

  /** When a login was first seen at a version. One caller a contact at a time. */
  applied(contactId: number, version: number): Promise<number> {
    return new Promise((done, fail) => this.waiting.set(contactId, { version, since: clockMs(), done, fail }));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await this.polling;
    await this.sql.end();
  }

  private async poll(): Promise<void> {
    while (!this.isOver) {
      if (this.waiting.size > 0) await this.look();
      await sleep(1);
    }
  }

  private async look(): Promise<void> {
    const values = [[...this.waiting.keys()]];
    const { rows } = await this.sql.query<{ contact_id: string; version: string }>({ name: 'versions', text: VERSIONS, values });
    const now = clockMs();
    for (const row of rows) this.settle(Number(row.contact_id), Number(row.version), now);
    for (const [id, { since, fail }] of this.waiting)
      if (now - since > GIVE_UP_MS) fail(new Error(`The auth app has not applied the change of login ${id}.`));
  }

  private settle(id: number, version: number, now: number): void {
    const waiting = this.waiting.get(id);
    if (!waiting || version < waiting.version) return;
    this.waiting.delete(id);
    waiting.done(now);
  }
}
