import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { TestGateway, TOKEN } from './gateway.harness.js';

let gateway: TestGateway;

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

const ask = (token: string) => gateway.call('GET', '/contacts/1', undefined, { authorization: `Bearer ${token}` });
/** What is not looked up in time, as on a busy machine, is no unknown token yet. */
const askUntilLookedUp = async (token: string): Promise<number> => {
  const { status } = await ask(token);
  return status === 503 ? askUntilLookedUp(token) : status;
};
const madeUp = (): string => `csync_${randomBytes(36).toString('hex')}`;

describe('when an address sends unknown tokens', () => {
  it('and reaches a hundred in a minute / more are 429, a valid token is served, and the audit trail has it', async () => {
    // Several at once: on a busy machine a hundred one after the other can take longer than their minute.
    for (let sent = 0; sent < 100; sent += 10) {
      const tokens = Array.from({ length: 10 }, (_, n) => (n % 2 ? madeUp() : 'made-up'));
      expect(await Promise.all(tokens.map(askUntilLookedUp))).toEqual(Array(10).fill(401));
    }
    const refused = await ask(madeUp());
    expect([refused.status, refused.body.code]).toEqual([429, 'too_many_unknown_tokens']);
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect(Number(refused.headers.get('retry-after'))).toBeLessThanOrEqual(60);
    expect(await gateway.metric('rate_limited_requests_total{reason="too_many_unknown_tokens"}')).toBe(1);
    expect((await ask(TOKEN)).status).toBe(404);
    expect((await gateway.call('GET', '/contacts/1', undefined, { authorization: 'Basic eDp5' })).status).toBe(401);
    // It is written outside the requests.
    await eventually(async () => {
      const { body } = await gateway.call('GET', '/audit?action=address.blocked');
      expect(body.data).toMatchObject([{ actor: null, target: null, details: { address: '127.0.0.1' } }]);
    });
  });
});
