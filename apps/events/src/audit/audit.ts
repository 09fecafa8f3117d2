import { printable, table } from '#app/terminal';
import type pg from 'pg';
import { onDatabase } from '../connections.js';
import { timeOf } from '../tail/event-line.js';
import { print, printJson, type Tool } from '../tool.js';

export interface AuditOptions {
  /** Milliseconds since 1970. */
  since?: number;
  until?: number;
  action?: string;
  target?: string;
  limit: number;
  json?: boolean;
}

interface AuditRow {
  app: 'gateway' | 'auth';
  id: number;
  at: Date;
  actor: string | null;
  action: string;
  target: string | null;
  request_id: string | null;
  details: object;
}

/** Shows the newest entries of both apps' audit trails, in time order. */
export async function audit(options: AuditOptions, tool: Tool): Promise<void> {
  const { env } = tool;
  const trails = await Promise.all([
    onDatabase(env.gatewayDatabaseUrl, (database) => newest(database, 'gateway', options)),
    onDatabase(env.authDatabaseUrl, (database) => newest(database, 'auth', options)),
  ]);
  const rows = trails.flat().sort((a, b) => a.at.getTime() - b.at.getTime());
  if (options.json) for (const row of rows) printJson(tool, row);
  else print(tool, rows.length === 0 ? 'There are no such entries.' : table([HEADER, ...rows.map(lineOf)]));
}

const HEADER = ['AT', 'APP', 'ACTOR', 'ACTION', 'TARGET', 'REQUEST', 'DETAILS'];

const lineOf = ({ app, at, actor, action, target, request_id, details }: AuditRow): string[] =>
  [timeOf(at.getTime()), app, actor ?? '-', action, target ?? '-', request_id ?? '-', JSON.stringify(details)].map(printable);

async function newest(database: pg.Client, app: AuditRow['app'], options: AuditOptions): Promise<AuditRow[]> {
  const { since, until, action, target, limit } = options;
  const { rows } = await database.query<Omit<AuditRow, 'app' | 'id'> & { id: string }>(
    `select id, at, actor, action, target, request_id, details from audit_entry
     where at >= coalesce($1, '-infinity'::timestamptz) and at < coalesce($2, 'infinity'::timestamptz)
       and action = coalesce($3, action) and ($4::text is null or target = $4)
     order by id desc limit $5`,
    [dateOf(since), dateOf(until), action ?? null, target ?? null, limit],
  );
  return rows.map(({ id, ...row }) => ({ app, id: Number(id), ...row }));
}

const dateOf = (ms: number | undefined): Date | null => (ms === undefined ? null : new Date(ms));
