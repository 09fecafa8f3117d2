import { afterAll, beforeAll, expect, it } from '@jest/globals';
import pg from 'pg';
import { AuthWorld } from './auth.harness.js';
import { prepareGateway } from './gateway.harness.js';

const WITHOUT_IDENTITY = `
  select relname as table from pg_class c
  where relkind = 'r' and relnamespace = 'public'::regnamespace and relreplident = 'd'
    and not exists (select from pg_index i where i.indrelid = c.oid and i.indisprimary)`;

let world: AuthWorld;
let gateway: Awaited<ReturnType<typeof prepareGateway>>;

beforeAll(async () => {
  [world, gateway] = [await AuthWorld.create(), await prepareGateway()];
});
afterAll(async () => {
  await gateway?.database.drop();
  await world?.close();
});

it.each(['gateway', 'auth'])(
  'when a publication has all tables of the %s / each table has a key or a replica identity',
  async (app) => {
    const client = new pg.Client({ connectionString: app === 'gateway' ? gateway.database.url : world.database.url });
    await client.connect();
    const { rows } = await client.query(WITHOUT_IDENTITY).finally(() => client.end());
    expect(rows).toEqual([]);
  },
);
