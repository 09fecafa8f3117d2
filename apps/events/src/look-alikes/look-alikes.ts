import { lookAlikeKey } from '#app/contracts';
import { printable, table } from '#app/terminal';
import type pg from 'pg';
import { onDatabase } from '../connections.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { print, printJson, type Tool } from '../tool.js';
import { rowsByContact } from '../verify/login-tables.js';

export interface LookAlikesOptions {
  json?: boolean;
}

interface Login {
  contactId: number;
  email: string;
}

/** Lists the gateway's logins whose emails look the same, those of one look together. */
export async function lookAlikes({ json }: LookAlikesOptions, tool: Tool): Promise<ExitCode> {
  const groups = await onDatabase(tool.env.gatewayDatabaseUrl, groupsOf);
  if (json) for (const [look, logins] of groups) printJson(tool, { look, logins });
  else print(tool, groups.length === 0 ? 'No two logins look the same.' : table([HEADER, ...groups.flatMap(linesOf)]));
  return groups.length === 0 ? EXIT.done : EXIT.found;
}

const HEADER = ['LOOKS LIKE', 'CONTACT', 'EMAIL'];

const linesOf = ([look, logins]: [string, Login[]]): string[][] =>
  logins.map(({ contactId, email }) => [look, String(contactId), withNumbers(email)].map(printable));

/** What is not ASCII as `U+200B`: it looks like something else, or like nothing. */
const withNumbers = (email: string): string =>
  email.replace(/[^\x20-\x7e]/gu, (found) => `U+${found.codePointAt(0)!.toString(16).toUpperCase().padStart(4, '0')}`);

async function groupsOf(database: pg.Client): Promise<[string, Login[]][]> {
  const groups = new Map<string, Login[]>();
  for await (const login of logins(database)) {
    const key = lookAlikeKey(login.email);
    groups.set(key, [...(groups.get(key) ?? []), login]);
  }
  return [...groups].filter(([, { length }]) => length > 1);
}

const logins = (database: pg.Client): AsyncGenerator<Login> =>
  rowsByContact(async (last, limit) => {
    const { rows } = await database.query<{ id: string; email: string }>(
      `select contact_id as id, email from portal_login where contact_id > $1 order by contact_id limit $2`,
      [last, limit],
    );
    return rows.map(({ id, email }) => ({ contactId: Number(id), email }));
  });
