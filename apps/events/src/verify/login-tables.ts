import type pg from 'pg';
import type { AuthLogin, GatewayLogin } from './differences.js';

const PAGE = 1_000;
const HASH = `encode(sha256(convert_to(credential, 'UTF8')), 'hex')`;

/** Which logins: all, or those of some contacts. */
export type Selection = readonly number[] | 'all';

/** Rows in contact order, page by page. */
export async function* rowsByContact<Row extends { contactId: number }>(
  select: (last: number, limit: number) => Promise<Row[]>,
): AsyncGenerator<Row> {
  for (let last = 0; ;) {
    const rows = await select(last, PAGE);
    yield* rows;
    if (rows.length < PAGE) return;
    last = rows.at(-1)!.contactId;
  }
}

/** Every contact that ever had a login, with the gateway's current state. */
export const gatewayLogins = (database: pg.Client, selection: Selection): AsyncGenerator<GatewayLogin> =>
  rowsByContact(async (last, limit) => {
    const { rows } = await database.query<Record<string, string | null>>(
      `select c.id, c.login_version as version, l.email, l.email_key, ${HASH} as credential
       from contact c left join portal_login l on l.contact_id = c.id
       where c.id > $1 and c.login_version > 0 ${within('c.id', selection)} order by c.id limit $2`,
      [last, limit, ...parameterOf(selection)],
    );
    return rows.map(({ id, version, email, email_key, credential }) => ({
      contactId: Number(id),
      version: Number(version),
      email: email!,
      emailKey: email_key!,
      credential: credential!,
    }));
  });

/** Every login of the auth app, removed ones too. */
export const authLogins = (database: pg.Client, selection: Selection): AsyncGenerator<AuthLogin> =>
  rowsByContact(async (last, limit) => {
    const { rows } = await database.query<Record<string, string | null> & { removed: boolean }>(
      `select contact_id as id, version, position, removed, email, email_key, ${HASH} as credential
       from portal_login where contact_id > $1 ${within('contact_id', selection)} order by contact_id limit $2`,
      [last, limit, ...parameterOf(selection)],
    );
    return rows.map(({ id, version, position, removed, email, email_key, credential }) => ({
      contactId: Number(id),
      version: Number(version),
      position: Number(position),
      isRemoved: removed,
      email: email!,
      emailKey: email_key!,
      credential: credential!,
    }));
  });

export const within = (column: string, selection: Selection): string =>
  selection === 'all' ? '' : `and ${column} = any($3::bigint[])`;

export const parameterOf = (selection: Selection): unknown[] => (selection === 'all' ? [] : [selection]);
