import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EntityManager } from '@mikro-orm/postgresql';
import type { INestApplication } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { FastifyAdapter } from '@nestjs/platform-fastify';
import { Test } from '@nestjs/testing';
import { decodeRecord, type RecordedEvent } from '#app/contracts';
import { createLogger, Drain, EdgeModule } from '#app/http';
import {
  aPortalLoginChanged,
  eventually,
  given,
  publishRecords,
  readTopic,
  replayed,
  ReplayTransport,
  keyOf,
  streamsOf,
  testSeed,
  topicNameOf,
  type HistoryRecord,
  type Switches,
} from '#app/system/testing';
import { AuthModule } from '../apps/auth/src/auth.module.js';
import { SignInCommand } from '../apps/auth/src/portal-sessions/sign-in.command.js';
import { AuthWorld } from './auth.harness.js';
import { TestGateway } from './gateway.harness.js';
import { HistoryAuthor } from './history.author.js';
import { HISTORY, readHistory, readHistoryState, readTestKeys } from './recorded-history.js';

const SEED = testSeed(import.meta.filename);

const known = readHistoryState();
const LOGINS = Object.fromEntries(Object.entries(known.logins).map(([id, { version, email }]) => [id, { version, email }]));

let history: RecordedEvent[];
let world: AuthWorld;

beforeAll(async () => {
  history = await readHistory();
  world = await AuthWorld.create();
  Object.assign(world, { keys: readTestKeys() });
});
afterAll(() => world.close());

async function heldLogins(): Promise<Record<string, { version: number; email: string }>> {
  const { rows } = await world.sql.query<{ id: string; version: number; email: string }>(
    'select contact_id as id, version::int, email from portal_login where not removed',
  );
  return Object.fromEntries(rows.map(({ id, ...login }) => [id, login]));
}

describe('the recorded history, applied by the auth app without a broker', () => {
  let app: INestApplication;
  let transport: ReplayTransport;

  beforeAll(async () => {
    const module = EdgeModule.around(AuthModule.register(world.env(), createLogger('auth', 'silent')), new Drain(0));
    const fixture = await Test.createTestingModule({ imports: [module] }).compile();
    app = fixture.createNestApplication(new FastifyAdapter(), { logger: false });
    transport = await ReplayTransport.into(app, app.get(EntityManager));
  });
  afterAll(() => app.close());

  const freshAuth = async () => {
    await world.sql.query('truncate portal_login');
    return replayed(transport, heldLogins);
  };

  it.each<[string, Switches]>([
    ['as it was', { doubled: false }],
    ['doubled', { doubled: true }],
    ['interleaved across keys', { interleaved: true }],
    ['compacted', { compacted: true }],
    ['in all of these ways at once', { doubled: true, interleaved: true, compacted: true }],
  ])('when the records come %s / ends in the logins of the gateway', async (_, switches) => {
    await given(history)
      .replayed({ runs: 1, seed: SEED, ...switches })
      .when(freshAuth)
      .then(LOGINS);
  });

  it('when it is applied / the last password signs in', async () => {
    const [[id, { email, password }]] = Object.entries(known.logins) as [[string, (typeof known.logins)[string]]];
    const signIn = (secret: string) => app.get(CommandBus).execute(new SignInCommand(email, secret, '127.0.0.1'));
    await expect(signIn(password)).resolves.toMatchObject({ contactId: Number(id) });
    await expect(signIn('fixture password')).rejects.toThrow();
  });

  it('when a record can never be applied / names the record and the reason', async () => {
    const unreadable = aPortalLoginChanged({ contact_id: 990_001 });
    await expect(given(history.slice(0, 50), unreadable).when(freshAuth).then({})).rejects.toThrow(
      /^Not applied: key 990001 of portal-logins\.v1: UnreadableCredential/,
    );
  });
});

describe('the recorded history, consumed from a real broker', () => {
  it('when it is consumed / ends in the logins of the gateway', async () => {
    await world.sql.query('truncate portal_login, consumer_offset');
    await publishRecords(world.brokers, world.topicPrefix, history);
    const auth = await world.start();
    await eventually(async () => expect((await auth.health()).parts.lag.records).toBe(0), { timeoutMs: 90_000 });
    expect(await heldLogins()).toEqual(LOGINS);
  });
});

describe('the current gateway', () => {
  const DEEDS = 40;
  let gateway: TestGateway;

  beforeAll(async () => {
    gateway = await TestGateway.start();
  });
  afterAll(() => gateway.stop());

  it('when it gets the recorded requests / writes the same history, except ids, times and seals', async () => {
    await new HistoryAuthor(gateway, HISTORY.seed).write(DEEDS);
    await eventually(async () => expect((await gateway.sql.query('select from outbox')).rowCount).toBe(0));
    const recorded = new Map(streamsOf(history).map((stream) => [nameOf(stream[0]!), stream.map(lasting)]));
    for (const topic of ['contacts.v1', 'companies.v1', 'portal-logins.v1'] as const) {
      const records = (await readTopic(gateway.brokers, gateway.topic(topic))).map((record) => ({ topic, ...record }));
      for (const stream of streamsOf(records)) {
        const written = stream.map(lasting);
        expect(written).toEqual(recorded.get(nameOf(stream[0]!))!.slice(0, written.length));
      }
    }
  });
});

const nameOf = (record: HistoryRecord): string => `${topicNameOf(record.topic)}/${keyOf(record)}`;

/** A record without the parts that are new in each run. */
function lasting(record: HistoryRecord): unknown {
  const decoded = decodeRecord(record);
  if (decoded.kind !== 'event') return { ...decoded, id: undefined };
  const { name, actor, data } = decoded.event;
  return { name, actor, data: JSON.parse(JSON.stringify(data, withoutTimes)) as unknown };
}

const withoutTimes = (field: string, value: unknown): unknown => {
  if (field === 'created_at' || field === 'updated_at') return undefined;
  return field === 'credential' ? typeof value : value;
};
