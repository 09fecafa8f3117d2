import { randomUUID } from 'node:crypto';
import type pg from 'pg';
import { connectionDefectOf } from './postgres-errors.js';
import { connect, type ClientOptions } from './postgres-client.js';
import { applySettings, lostSettings, sessionSettings } from './session-settings.js';

/** What an app needs of its server, beyond what every app needs. */
export interface DatabaseNeeds {
  /** The oldest major version that supports the migrations. */
  majorVersion: number;
  extensions: readonly string[];
}

/** The database is not usable as it is: one sentence for each reason, with its remedy. */
export class UnfitDatabase extends Error {
  override readonly name = 'UnfitDatabase';

  constructor(readonly defects: readonly string[]) {
    super(defects.join('\n'));
  }
}

type Check = (client: pg.ClientBase, needs: DatabaseNeeds) => Promise<string[]>;

/**
 * Checks what a set-up needs before it makes anything.
 * @throws {UnfitDatabase} where something is missing
 */
export async function requireFitDatabase(options: ClientOptions, needs: DatabaseNeeds): Promise<void> {
  const client = await connect(options).catch((error: unknown) => {
    const defect = connectionDefectOf(error);
    throw defect === undefined ? error : new UnfitDatabase([defect]);
  });
  try {
    const unusable = await serverDefects(client, needs);
    if (unusable.length > 0) throw new UnfitDatabase(unusable);
    const checks: Check[] = [extensionDefects, rightDefects, sequenceDefects, publicationDefects];
    const defects: string[] = [];
    for (const check of checks) defects.push(...(await check(client, needs)));
    defects.push(...(await poolerDefects(client, options)));
    if (defects.length > 0) throw new UnfitDatabase(defects);
  } finally {
    await client.end().catch(() => undefined);
  }
}

/**
 * Checks that a connection keeps its session.
 * @param options of this connection
 * @throws {UnfitDatabase} behind a pooler in transaction mode
 */
export async function requireOwnSession(client: pg.ClientBase, options: ClientOptions): Promise<void> {
  const defects = await poolerDefects(client, options);
  if (defects.length > 0) throw new UnfitDatabase(defects);
}

async function serverDefects(client: pg.ClientBase, { majorVersion }: DatabaseNeeds): Promise<string[]> {
  const { rows } = await client.query<{ version: number; encoding: string; standby: boolean }>(
    `select current_setting('server_version_num')::int as version, current_setting('server_encoding') as encoding,
       pg_is_in_recovery() or current_setting('transaction_read_only')::boolean as standby`,
  );
  const { version, encoding, standby } = rows[0]!;
  const major = Math.floor(version / 10_000);
  return [
    ...(major < majorVersion
      ? [`PostgreSQL is of version ${major}, and ${majorVersion} is the oldest that can be used: upgrade it.`]
      : []),
    ...(encoding === 'UTF8'
      ? []
      : [`The database has the encoding ${encoding}: make it anew with create database … encoding 'UTF8' template template0.`]),
    ...(standby
      ? ['PostgreSQL is a standby, or was made read-only, and takes no writes: name the primary in the database URL.']
      : []),
  ];
}

async function extensionDefects(client: pg.ClientBase, { extensions }: DatabaseNeeds): Promise<string[]> {
  const { rows } = await client.query<{ name: string; available: boolean; makeable: boolean }>(
    `select name, version is not null as available,
       installed or superuser or (trusted and has_database_privilege(current_database(), 'CREATE')) as makeable
     from (select wanted as name, v.version, coalesce(v.installed, false) as installed, coalesce(v.trusted, false) as trusted,
         (select rolsuper from pg_roles where rolname = current_user) as superuser
       from unnest($1::text[]) as wanted
       left join lateral (select * from pg_available_extension_versions where name = wanted order by installed desc limit 1) v on true) e`,
    [extensions],
  );
  return rows.flatMap(({ name, available, makeable }) => {
    if (!available) return [`The extension ${name} is not on the server: install PostgreSQL's contrib package there.`];
    return makeable
      ? []
      : [`The extension ${name} is missing: a superuser has to run create extension ${name} in this database.`];
  });
}

async function rightDefects(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ user: string; schema: string | null; may: boolean | null }>(
    `select current_user as user, current_schema() as schema, has_schema_privilege(current_schema(), 'CREATE') as may`,
  );
  const { user, schema, may } = rows[0]!;
  if (schema === null)
    return [
      'The search path names no schema that exists: make the schema public, or name another in the URL (options=-c search_path=…).',
    ];
  return may ? [] : [`The role ${user} may not create tables: run grant create, usage on schema ${schema} to ${user}.`];
}

interface OwnedSequence {
  sequence: string;
  table: string;
  column: string;
}

async function sequenceDefects(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<OwnedSequence>(
    `select s.oid::regclass::text as sequence, t.oid::regclass::text as table, quote_ident(a.attname) as column
     from pg_class s join pg_depend d on d.objid = s.oid and d.classid = 'pg_class'::regclass and d.deptype in ('a', 'i')
     join pg_class t on t.oid = d.refobjid join pg_attribute a on a.attrelid = t.oid and a.attnum = d.refobjsubid
     where s.relkind = 'S' and t.relnamespace = current_schema()::regnamespace order by 1`,
  );
  const defects: string[] = [];
  for (const owned of rows) defects.push(...(await sequenceDefect(client, owned)));
  return defects;
}

async function sequenceDefect(client: pg.ClientBase, { sequence, table, column }: OwnedSequence): Promise<string[]> {
  const { rows } = await client.query<{ next: string; highest: string }>(
    `select (case when is_called then last_value + 1 else last_value end)::text as next,
       (select coalesce(max(${column}), 0) from ${table})::text as highest from ${sequence}`,
  );
  const { next, highest } = rows[0]!;
  if (BigInt(next) > BigInt(highest)) return [];
  return [`The sequence ${sequence} is behind its table, as after a restore: run select setval('${sequence}', ${highest}).`];
}

async function publicationDefects(client: pg.ClientBase): Promise<string[]> {
  const { rows } = await client.query<{ table: string; publication: string }>(
    `select c.oid::regclass::text as table, min(p.pubname) as publication
     from pg_class c join pg_publication_tables pt on pt.schemaname = c.relnamespace::regnamespace::text and pt.tablename = c.relname
     join pg_publication p on p.pubname = pt.pubname and (p.pubupdate or p.pubdelete)
     where c.relkind = 'r' and c.relnamespace = current_schema()::regnamespace and c.relreplident = 'd'
       and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary) group by c.oid`,
  );
  return rows.map(
    ({ table, publication }) =>
      `The publication ${publication} has the table ${table}, which has no key, so that its changes would fail: run alter table ${table} replica identity full.`,
  );
}

/** In a pooler's transaction mode each transaction may use another session: settings, locks and notifications are lost. */
async function poolerDefects(client: pg.ClientBase, options: ClientOptions): Promise<string[]> {
  const marker = { 'contact_sync.session': randomUUID(), ...sessionSettings(options.limits ?? {}, 'search_path') };
  const applied = await applySettings(client, marker);
  // The pooler gives the most recently used session to the next client.
  const other = await connect(options);
  try {
    await other.query('begin');
    const lost = await lostSettings(client, applied).catch(() => ['contact_sync.session']);
    await other.query('rollback');
    return lost.length === 0
      ? []
      : [
          `The session loses its settings (${lost[0]}): a pooler in transaction mode stands before the database; use session mode.`,
        ];
  } finally {
    await other.end().catch(() => undefined);
  }
}
