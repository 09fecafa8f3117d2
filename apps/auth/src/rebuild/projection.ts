import { defineConfig, MikroORM, type Options } from '@mikro-orm/postgresql';
import type { DatabaseUrl, StatementPool } from '#app/postgres';
import type pg from 'pg';
import { consumerStatements, ormOptions } from '../database/orm.js';

/** Schema of the new projection, next to the live one. Its comment names the live schema. */
const SCHEMA = 'rebuild';

/**
 * The projection's tables: the live ones' columns, checks and constraints, under the same names, since the handler knows
 * constraints by name. Unlogged: a crash loses the attempt, and nothing that is live.
 */
const MAKE = `
  drop schema if exists ${SCHEMA} cascade;
  create schema ${SCHEMA};
  do $$
  declare
    twin text;
    held record;
  begin
    execute format('comment on schema ${SCHEMA} is %L', current_schema());
    foreach twin in array array['portal_login', 'consumer_offset'] loop
      execute format('create unlogged table ${SCHEMA}.%I (like %I including all excluding indexes)', twin, twin);
      for held in select conname, pg_get_constraintdef(oid) as definition from pg_constraint
        where conrelid = format('%I', twin)::regclass and contype in ('p', 'u')
      loop
        execute format('alter table ${SCHEMA}.%I add constraint %I %s', twin, held.conname, held.definition);
      end loop;
    end loop;
  end $$`;

/** Makes an empty projection; drops what a former attempt left. */
export async function makeProjection(database: pg.Client): Promise<void> {
  await database.query(MAKE);
}

/** Stores which topic the projection was read from. */
export async function noteTopic(database: pg.Client, topicId: string | undefined): Promise<void> {
  await database.query(`update ${SCHEMA}.consumer_offset set topic_id = $1`, [topicId]);
}

export async function dropProjection(database: pg.Client): Promise<void> {
  await database.query(`drop schema if exists ${SCHEMA} cascade`);
}

export async function hasProjection(database: pg.Client): Promise<boolean> {
  const { rows } = await database.query<{ is_there: boolean }>(
    `select exists (select from pg_namespace where nspname = '${SCHEMA}' and obj_description(oid) = current_schema()) as is_there`,
  );
  return rows[0]!.is_there;
}

/**
 * The auth app's ORM on the projection: entities and statements find the same names in another schema.
 * Trap: with the live schema on the path too, a statement falls back to the live tables once the projection's are gone.
 */
export const projectionOrm = (url: DatabaseUrl): Promise<MikroORM> => MikroORM.init(projectionOptions(url));

/** The connections on which records are applied to the projection. */
export const projectionStatements = (url: DatabaseUrl): StatementPool => consumerStatements(url, PROJECTION_SETTINGS);

const PROJECTION_SETTINGS = { synchronous_commit: 'off', search_path: SCHEMA } as const;

function projectionOptions(url: DatabaseUrl): Options {
  const live = ormOptions(url);
  const { sessionSettings } = live.driverOptions as { sessionSettings: Readonly<Record<string, string>> };
  return defineConfig({
    ...live,
    driverOptions: {
      ...live.driverOptions,
      sessionSettings: { ...sessionSettings, ...PROJECTION_SETTINGS },
    },
  });
}
