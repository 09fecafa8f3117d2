import { eventually } from '#app/system/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { EventStreamClient } from './event-stream.client.js';
import { TestGateway, TOKEN, type Answer } from './gateway.harness.js';

let gateway: TestGateway;
/** A gateway on the same database, with a rate limit and a limit on streams. */
let limited: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
  const shared = { GATEWAY_DATABASE_URL: gateway.databaseUrl, TOPIC_PREFIX: gateway.topicPrefix };
  limited = await TestGateway.start({ ...shared, API_RATE_LIMIT: '5', EVENT_STREAMS_PER_TOKEN: '2' });
});
afterAll(async () => {
  await limited?.stop();
  await gateway?.stop();
});

interface Made {
  id: number;
  token: string;
  expires_at: string | null;
  created_by: number | null;
}

const as = (token: string) => ({ authorization: `Bearer ${token}` });
const create = (maker: string, fields: object = {}): Promise<Answer> =>
  gateway.call('POST', '/tokens', { name: 'made', scopes: ['tokens:write', 'contacts:read'], ...fields }, as(maker));
const made = async (maker: string, fields: object = {}): Promise<Made> => (await create(maker, fields)).body.data as Made;
const root = async (scopes = ['tokens:write', 'contacts:read']) => gateway.insertToken(scopes);
const idOf = async (token: string): Promise<number> =>
  Number((await gateway.sql.query('select id from api_token where name = $1', [token])).rows[0].id);
const revoke = (asker: string, id: number, query = ''): Promise<Answer> =>
  gateway.call('DELETE', `/tokens/${id}${query}`, undefined, as(asker));
const statusOf = async (token: string, at = gateway): Promise<number> =>
  (await at.call('GET', '/contacts/1', undefined, as(token))).status;
const isLiving = async (...ids: number[]): Promise<boolean[]> => {
  const { rows } = await gateway.sql.query('select id::int, revoked_at is null as living from api_token where id = any($1)', [
    ids,
  ]);
  return ids.map((id) => rows.find((row) => row.id === id).living as boolean);
};

/** Makes two tokens, and ends one by its revocation and one by its expiry. */
async function makeEnded(maker: string): Promise<void> {
  await revoke(maker, (await made(maker)).id);
  await gateway.sql.query('update api_token set expires_at = clock_timestamp() where id = $1', [(await made(maker)).id]);
}

/** How often a locked token becomes free until the end, at most twice. */
async function timesFreed(id: number, isEnd: () => boolean): Promise<number> {
  let freed = 0;
  for (let wasLocked = false; freed < 2 && !isEnd();) {
    const { rowCount } = await gateway.sql.query('select from api_token where id = $1 for update skip locked', [id]);
    if (wasLocked && rowCount === 1) freed++;
    wasLocked = rowCount === 0;
  }
  return freed;
}

describe('a token that is made by another token', () => {
  it('when the answer is read / names its maker', async () => {
    const maker = await root();
    expect((await made(maker)).created_by).toBe(await idOf(maker));
  });

  it('when it has no end / ends with its maker', async () => {
    const end = new Date(Date.now() + 3_600_000);
    const maker = await gateway.insertToken(['tokens:write', 'contacts:read'], { expiresAt: end });
    expect((await made(maker)).expires_at).toBe(end.toISOString());
    expect((await made(maker, { expires_at: null })).expires_at).toBe(end.toISOString());
  });

  it("when its end is later than its maker's / answers 422 on expires_at", async () => {
    const end = new Date(Date.now() + 3_600_000);
    const maker = await gateway.insertToken(['tokens:write', 'contacts:read'], { expiresAt: end });
    const { status, body } = await create(maker, { expires_at: new Date(end.getTime() + 1).toISOString() });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['expires_at']]);
    expect((await create(maker, { expires_at: end.toISOString() })).status).toBe(201);
  });

  it('when the maker is revoked at the same time / none outlives it', async () => {
    const maker = await root();
    const id = await idOf(maker);
    await statusOf(maker);
    const results = await Promise.all([
      ...Array.from({ length: 4 }, () => create(maker)),
      revoke(TOKEN, id, '?descendants=true'),
    ]);
    expect(results.map(({ status }) => status).every((status) => [201, 401, 200].includes(status))).toBe(true);
    const { rows } = await gateway.sql.query('select 1 from api_token where created_by = $1 and revoked_at is null', [id]);
    expect(rows).toEqual([]);
  });
});

describe('the revocation of a token that has made others', () => {
  it('when descendants is absent / the others stay, and the answer has the number of the valid ones', async () => {
    const maker = await root();
    const child = await made(maker);
    const grandchild = await made(child.token);
    await makeEnded(maker);
    const { status, body } = await revoke(TOKEN, await idOf(maker));
    expect([status, body.descendants]).toEqual([200, 2]);
    expect(await isLiving(child.id, grandchild.id)).toEqual([true, true]);
  });

  it('when descendants is true / all descendants end, and the answer has the number of those that were valid', async () => {
    const maker = await root();
    const child = await made(maker);
    const grandchild = await made(child.token);
    await makeEnded(maker);
    const { status, body } = await revoke(TOKEN, await idOf(maker), '?descendants=true');
    expect([status, body.descendants]).toEqual([200, 2]);
    expect(await isLiving(child.id, grandchild.id)).toEqual([false, false]);
    await eventually(async () => expect(await statusOf(grandchild.token)).toBe(401));
  });

  it('when another transaction has locked a descendant / it does not keep the token locked while it waits, and ends both then', async () => {
    const maker = await root();
    const [id, child] = [await idOf(maker), await made(maker)];
    const other = await gateway.sql.connect();
    try {
      await other.query('begin');
      await other.query('select from api_token where id = $1 for update', [child.id]);
      let isAnswered = false;
      const answer = revoke(TOKEN, id, '?descendants=true').finally(() => (isAnswered = true));
      // Without a pause of its own it is free once: at the end.
      expect(await timesFreed(id, () => isAnswered)).toBe(2);
      await other.query('rollback');
      const { status, body } = await answer;
      expect([status, body.descendants]).toEqual([200, 1]);
      expect(await isLiving(id, child.id)).toEqual([false, false]);
    } finally {
      await other.query('rollback');
      other.release();
    }
  });

  it('when descendants is no boolean / answers 422 on descendants', async () => {
    const { status, body } = await revoke(TOKEN, await idOf(await root()), '?descendants=perhaps');
    expect([status, Object.keys(body.errors)]).toEqual([422, ['descendants']]);
  });

  it('when the caller lacks one of its scopes / answers 403', async () => {
    const asker = await root(['tokens:write']);
    const { status, body } = await revoke(asker, await idOf(await root()));
    expect([status, body.code]).toEqual([403, 'scope_not_held']);
    expect((await revoke(asker, 99_999_999)).status).toBe(404);
  });

  it('when the caller lacks a scope of a descendant / answers 403, and ends none', async () => {
    const maker = await root();
    const child = await made(maker, { scopes: ['tokens:write'] });
    await gateway.sql.query(`update api_token set scopes = '{events:read}' where id = $1`, [child.id]);
    const { status, body } = await revoke(await root(), await idOf(maker), '?descendants=true');
    expect([status, body.code]).toEqual([403, 'scope_not_held']);
    expect(await isLiving(await idOf(maker), child.id)).toEqual([true, true]);
  });
});

describe('the rate limit of a token family', () => {
  const minute = async () => (await gateway.sql.query(`select date_trunc('minute', clock_timestamp())::text as at`)).rows[0].at;

  /** Sends requests of these tokens in turn until one is refused. @returns the number of served ones */
  const served = async (tokens: string[]): Promise<number> => {
    for (let count = 0; count < 50; count++) if ((await statusOf(tokens[count % tokens.length]!, limited)) === 429) return count;
    return Infinity;
  };

  /** Windows are the clock's minutes: what spans two of them is counted again, with other tokens. */
  const servedInOneWindow = async (makeTokens: () => Promise<string[]>): Promise<number> => {
    for (;;) {
      const [tokens, before] = [await makeTokens(), await minute()];
      const count = await served(tokens);
      if ((await minute()) === before) return count;
    }
  };
  const twoTokensOf = async (maker: string): Promise<string[]> => [(await made(maker)).token, (await made(maker)).token];

  it('when a token makes others, directly or through them / counts all of them together', async () => {
    expect(await servedInOneWindow(async () => twoTokensOf(await root()))).toBe(5);
    const grandchildOf = async (maker: string) => (await made((await made(maker)).token)).token;
    const ofRoot = async (maker: string) => [maker, await grandchildOf(maker)];
    expect(await servedInOneWindow(async () => ofRoot(await root()))).toBe(5);
  });

  it('when the seeded token makes others / counts each of them alone', async () => {
    expect(await servedInOneWindow(() => twoTokensOf(TOKEN))).toBe(10);
  });
});

describe('the limit on event streams of a token family', () => {
  it('when two tokens of a family have a stream each / a third token of it gets 429, and a token of another family gets a stream', async () => {
    const maker = await root(['tokens:write', 'events:read']);
    const tokens: string[] = [];
    for (let count = 0; count < 3; count++) tokens.push((await made(maker, { scopes: ['events:read'] })).token);
    const streams: EventStreamClient[] = [];
    for (const token of [...tokens, await root(['events:read'])]) streams.push(await EventStreamClient.open(limited.url, token));
    expect(streams.map(({ response }) => response.status)).toEqual([200, 200, 429, 200]);
    for (const stream of streams) stream.close();
  });
});
