import { setTimeout as sleep } from 'node:timers/promises';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { RepeatedWarnings } from '#app/http';
import { isDatabaseAway, StatementPool, type PreparedStatement } from '#app/postgres';
import { backOffMs, RepeatedWork } from '#app/timing';
import { OutboxFull } from '../../writes/write.errors.js';
import { Writes } from '../../writes/writes.js';
import { endMemberships } from './membership-ends.js';

/** How soon another replica goes on where one has ended in the middle. */
const EVERY_MS = 3_000;
/** While the database is away each round fails. */
const WARN_EVERY_MS = 60_000;
/** Pauses while all that is left is locked by others, or another replica works on it. */
const LOCKED_PAUSE = { firstMs: 20, longestMs: 500 };

const CLOSED: PreparedStatement = { name: 'companies-closed', text: 'select company_id from closed_company order by company_id' };

/**
 * Ends the memberships of closed companies, a part of each in turn, until all are removed. Each replica does it: a part is one
 * transaction, and what is left is in the database alone.
 */
@Injectable()
export class CompanyRemovals implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly warnings = new RepeatedWarnings(new Logger(CompanyRemovals.name), WARN_EVERY_MS);
  private readonly rounds = new RepeatedWork(EVERY_MS, () => this.round());
  /** Where the next part of a company begins: after this contact. */
  private readonly places = new Map<number, number>();
  private idleRounds = 0;
  private readonly stopping = new AbortController();

  constructor(
    private readonly writes: Writes,
    private readonly statements: StatementPool,
  ) {}

  onApplicationBootstrap(): void {
    this.rounds.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    this.stopping.abort();
    return this.rounds.stop();
  }

  /** Begins with a company that has just closed. */
  wake(): void {
    this.rounds.wake();
  }

  /** One part of each closed company. @returns whether any is left */
  private async round(): Promise<boolean> {
    const { signal } = this.stopping;
    try {
      const startedAt = performance.now();
      const rows = await this.statements.query<{ company_id: string }>(CLOSED, []);
      if (rows.length === 0) return false;
      let advanced = false;
      for (const row of rows) {
        if (signal.aborted) return false;
        advanced = (await this.advance(Number(row.company_id))) || advanced;
      }
      this.idleRounds = advanced ? 0 : this.idleRounds + 1;
      // Half of the time is left to requests.
      const restMs = advanced ? performance.now() - startedAt : backOffMs(this.idleRounds, LOCKED_PAUSE);
      await sleep(restMs, undefined, { signal }).catch(() => undefined);
      return true;
    } catch (err) {
      this.warnings.warn('company_removals', { msg: 'Contacts leave their closed companies later.', err });
      return false;
    }
  }

  /** A company that another transaction holds, or that fails, stops no other. @returns whether a part of the company's removal was done */
  private async advance(companyId: number): Promise<boolean> {
    try {
      const part = await this.writes.runPart((unit) => endMemberships(unit, companyId, this.places.get(companyId) ?? 0));
      if (typeof part === 'object' && part.last !== undefined) this.places.set(companyId, part.last);
      else this.places.delete(companyId);
      return typeof part === 'object' ? part.ended > 0 : part === 'company removed';
    } catch (err) {
      if (isDatabaseAway(err) || err instanceof OutboxFull) throw err;
      this.warnings.warn(`company ${companyId}`, { msg: 'A closed company is removed later.', companyId, err });
      return false;
    }
  }
}
