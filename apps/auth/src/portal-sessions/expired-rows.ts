import { EntityManager } from '@mikro-orm/postgresql';
import { Injectable } from '@nestjs/common';
import { query, SLICE_ROWS, Sweep } from '#app/postgres';

const EVERY_MS = 60_000;
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

/** Deletes expired sessions, attempts and known addresses. */
@Injectable()
export class ExpiredRows extends Sweep {
  constructor(private readonly em: EntityManager) {
    super(EVERY_MS);
  }

  protected async deleteSlice(): Promise<number> {
    return Math.max(...(await Promise.all(EXPIRED.map((rows) => this.deleteFrom(rows)))));
  }

  private async deleteFrom({ table, where }: (typeof EXPIRED)[number]): Promise<number> {
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
