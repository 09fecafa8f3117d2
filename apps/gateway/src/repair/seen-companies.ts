import type pg from 'pg';

/** A company that the topic knows as living and the gateway lacks. */
export interface StrangeCompany {
  companyId: number;
  version: number;
}

/** Companies of their topic, compared with those of the gateway. */
export class SeenCompanies {
  constructor(private readonly session: pg.Client) {}

  /** The greatest version of each of some companies; none if the topic does not have it. */
  async versionsOf(companyIds: readonly number[]): Promise<Map<number, number>> {
    const { rows } = await this.session.query<{ id: string; version: string }>(
      'select id, version from seen_company where id = any($1::bigint[])',
      [companyIds],
    );
    return new Map(rows.map(({ id, version }) => [Number(id), Number(version)]));
  }

  /** Keys behind `last` that no company of the gateway has, though somebody believes that there is one. */
  async strangersAfter(last: number, limit: number): Promise<StrangeCompany[]> {
    const { rows } = await this.session.query<{ id: string; version: string }>(
      `select s.id, s.version from seen_company s
        where s.id > $1 and not s.is_gone and not exists (select from company k where k.id = s.id) order by s.id limit $2`,
      [last, limit],
    );
    return rows.map(({ id, version }) => ({ companyId: Number(id), version: Number(version) }));
  }

  /** Gives what is behind the topic its versions: no change of it repeats one. */
  async raiseVersions(): Promise<void> {
    await this.session.query(
      'update company k set version = s.version from seen_company s where s.id = k.id and s.version > k.version',
    );
  }

  /** How many companies of the gateway have an older version than the topic, and how many keys it lacks. */
  async compare(): Promise<{ companiesBehind: number; companyStrangers: number }> {
    const { rows } = await this.session.query<{ behind: string; strangers: string }>(`
      select
        (select count(*) from company k join seen_company s on s.id = k.id where s.version > k.version) as behind,
        (select count(*) from seen_company s
          where not s.is_gone and not exists (select from company k where k.id = s.id)) as strangers`);
    const { behind, strangers } = rows[0]!;
    return { companiesBehind: Number(behind), companyStrangers: Number(strangers) };
  }
}
