import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { inRolledBackTransaction, query, withStatementTimeout } from '#app/postgres';
import { RepeatedWork } from '#app/timing';
import { CLEANING_MS, CleaningPace } from './cleaning-pace.js';

const LONGEST_MS = 60_000;
/** Entries of so many written rows fill a page of the list, in measurements. */
const ROWS_A_PAGE = 6;

const SETTINGS = `select set_config('statement_timeout', '${LONGEST_MS}ms', true),
  set_config('gin_pending_list_limit', '64kB', true), set_config('work_mem', '64MB', true)`;
const ALONE = `select pg_try_advisory_xact_lock(hashtext('contact-sync trigrams')) as "isAlone"`;
/** Rows whose trigrams were written since the server's statistics began: of all sessions, a second late. */
const WRITTEN = `select n_tup_ins + n_tup_upd - n_tup_hot_upd as written from pg_stat_user_tables where relid = 'contact'::regclass`;
/** No contact has this id, and the row is never committed. */
const INSERT = 'insert into contact (id, version, created_at, updated_at) overriding system value values (-1, 1, now(), now())';

/**
 * Empties the pending list of the trigram index in the background, in one process at a time, so that updates need not do it.
 * Searches read the list too, so their results are always fresh; autovacuum empties it if no gateway runs.
 *
 * An insert that finds a longer list than its session allows empties it up to its end at that moment; the insert itself is rolled back. Up to
 * 64 kB stay, the least that a session can allow.
 * Trap: PostgreSQL's function for it goes on until the list is empty. In an index of a million contacts the entries of a few updates cost so
 * much that more come meanwhile: it then keeps a core busy without end.
 */
@Injectable()
export class TrigramCleaning implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly pace = new CleaningPace();
  private readonly work = new RepeatedWork(CLEANING_MS.shortest, () => this.cleanIfDue());
  private written: number | undefined;

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.work.start();
  }

  beforeApplicationShutdown(): void {
    void this.work.stop();
  }

  /** Somebody searches. */
  searched(): void {
    this.pace.searched();
  }

  private async cleanIfDue(): Promise<void> {
    if (!this.pace.isDue(performance.now())) return;
    this.pace.begun();
    const pages = await this.clean();
    this.pace.cleaned(pages, performance.now());
  }

  /** @returns about how many pages the list had, too many at first; undefined where another process is cleaning */
  async clean(): Promise<number | undefined> {
    const written = await withStatementTimeout(LONGEST_MS, () => inRolledBackTransaction(this.em, emptyList));
    if (written === undefined) return undefined;
    const rows = Math.max(0, written - (this.written ?? 0));
    this.written = written;
    return Math.ceil(rows / ROWS_A_PAGE);
  }
}

/** @returns how many rows were written before; undefined where another process is cleaning */
async function emptyList(em: EntityManager): Promise<number | undefined> {
  await query(em, SETTINGS);
  const [lock] = await query<{ isAlone: boolean }>(em, ALONE);
  if (!lock!.isAlone) return undefined;
  const [counts] = await query<{ written: string }>(em, WRITTEN);
  await query(em, INSERT);
  return Number(counts!.written);
}
