import type pg from 'pg';

/** What the topics say of one contact; a version of 0 says nothing. */
export interface SeenContact {
  contactId: number;
  version: number;
  loginVersion: number;
  /** Whether the greatest version says so, and nothing older was written behind it. */
  isDeleted: boolean;
  isLoginRemoved: boolean;
  companyIds: number[];
}

/** Contacts and logins of the topics, compared with those of the gateway. */
export class SeenContacts {
  constructor(private readonly session: pg.Client) {}

  /** What is known of some contacts. */
  async of(contactIds: readonly number[]): Promise<Map<number, SeenContact>> {
    const rows = await this.select(`coalesce(c.id, l.id) = any($1::bigint[])`, [contactIds]);
    return new Map(rows.map((row) => [row.contactId, row]));
  }

  /** Keys behind `last` that no contact of the gateway has, though somebody believes that there is one. */
  strangersAfter(last: number, limit: number): Promise<SeenContact[]> {
    return this.select(
      `coalesce(c.id, l.id) > $1 and (not c.is_gone or not l.is_gone)
         and not exists (select from contact k where k.id = coalesce(c.id, l.id))`,
      [last],
      limit,
    );
  }

  /** Gives what is behind the topics their versions: no change of it repeats one. */
  async raiseVersions(): Promise<void> {
    await this.session.query(`
      update contact k set version = greatest(k.version, s.version), login_version = greatest(k.login_version, s.login_version)
        from (select coalesce(c.id, l.id) as id, coalesce(c.version, 0) as version, coalesce(l.version, 0) as login_version
                from seen_contact c full join seen_login l on l.id = c.id) s
        where s.id = k.id and (s.version > k.version or s.login_version > k.login_version)`);
  }

  /** How many contacts and logins of the gateway have an older version than the topics, and how many keys it lacks. */
  async compare(): Promise<{ contactsBehind: number; loginsBehind: number; strangers: number }> {
    const { rows } = await this.session.query<Record<string, string>>(`
      select
        (select count(*) from contact k join seen_contact s on s.id = k.id where s.version > k.version) as contacts,
        (select count(*) from contact k join seen_login s on s.id = k.id where s.version > k.login_version) as logins,
        (select count(*) from seen_contact c full join seen_login l on l.id = c.id
          where (not c.is_gone or not l.is_gone)
            and not exists (select from contact k where k.id = coalesce(c.id, l.id))) as strangers`);
    const { contacts, logins, strangers } = rows[0]!;
    return { contactsBehind: Number(contacts), loginsBehind: Number(logins), strangers: Number(strangers) };
  }

  private async select(where: string, parameters: unknown[], limit?: number): Promise<SeenContact[]> {
    const { rows } = await this.session.query<Record<string, unknown>>(
      `select coalesce(c.id, l.id) as id, coalesce(c.version, 0) as version, coalesce(l.version, 0) as login_version,
         coalesce(c.is_gone, true) as is_deleted, coalesce(l.is_gone, true) as is_login_removed, c.company_ids
       from seen_contact c full join seen_login l on l.id = c.id
       where ${where} order by 1 ${limit === undefined ? '' : `limit ${limit}`}`,
      parameters,
    );
    return rows.map((row) => ({
      contactId: Number(row['id']),
      version: Number(row['version']),
      loginVersion: Number(row['login_version']),
      isDeleted: Boolean(row['is_deleted']),
      isLoginRemoved: Boolean(row['is_login_removed']),
      companyIds: ((row['company_ids'] as string[] | null) ?? []).map(Number),
    }));
  }
}
