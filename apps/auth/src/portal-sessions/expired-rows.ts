import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable, Logger, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { query } from '#app/postgres';
import { RepeatedWork } from '#app/timing';

const EVERY_MS = 60_000;
/** Most rows that one statement deletes: it ends within its time, whatever the backlog. */
const SLICE_ROWS = 10_000;
const IS_OVER = 'expires_at < clock_timestamp()';
const EXPIRED = [
  { table: 'portal_session', where: IS_OVER },
  { table: 'login_attempt', where: IS_OVER },
  {
    table: 'known_address',
    // A rebuild can remove a login.
    where: `(${IS_OVER} or not exists (
      select from portal_login login where login.contact_id = known_address.contact_id and not login.removed))`,
  },
];

/** Deletes expired sessions, attempts and known addresses, slice by slice until none is left. */
@Injectable()
export class ExpiredRows implements OnApplicationBootstrap, BeforeApplicationShutdown {
  private readonly logger = new Logger(ExpiredRows.name);
  private readonly sweeps = new RepeatedWork(EVERY_MS, () => this.sweep());

  constructor(private readonly em: EntityManager) {}

  onApplicationBootstrap(): void {
    this.sweeps.start();
  }

  beforeApplicationShutdown(): Promise<void> {
    return this.sweeps.stop();
  }

  /** @returns whether more rows may be left */
  private async sweep(): Promise<boolean> {
    try {
      const deleted = await Promise.all(EXPIRED.map((rows) => this.deleteSlice(rows)));
      return deleted.some((rows) => rows === SLICE_ROWS);
    } catch (err) {
      this.logger.debug({ msg: 'Expired rows stay for now.', err });
      return false;
    }
  }

  private async deleteSlice({ table, where }: (typeof EXPIRED)[number]): Promise<number> {
    const [deleted] = await query<{ rows: number }>(
      this.em.fork(),
      `with gone as (
         delete from ${table} where ctid = any (array(
           select ctid from ${table} where ${where} order by expires_at limit ${SLICE_ROWS} for update skip locked))
         returning 1)
       select count(*)::int as rows from gone`,
    );
    return deleted!.rows;
  }
}
