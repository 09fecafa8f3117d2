import { describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import type { PortalSessions } from '../portal-sessions/portal-sessions.js';
import { OperatorToken } from './operator-token.js';
import { requestDescriber } from './request-line.js';
import { guardWithTokens } from './token.hook.js';

const TOKEN = 'operators-own-token';
const describeRequest = requestDescriber({ secret: Buffer.alloc(32, 1), hashAddresses: false });

/** The status of a request of operators with this token, and the caller's part of its log line. */
async function logged(token: string): Promise<unknown[]> {
  let line: unknown;
  const app = fastify();
  guardWithTokens(app, () => ({ operator: new OperatorToken(TOKEN), sessions: {} as PortalSessions }));
  app.addHook('onSend', (request, _, __, done) => {
    line = describeRequest(request);
    done();
  });
  app.get('/', { config: { security: 'operatorToken' } }, () => ({}));
  app.setErrorHandler(({ status }: { status: number }, _, reply) => reply.status(status).send());
  const headers = { authorization: `Bearer ${token}` };
  const { statusCode } = await app.inject({ url: '/', headers, remoteAddress: '2001:db8::7' });
  await app.close();
  return [statusCode, line];
}

describe('the log line of a request', () => {
  it("when the operator's token passes / names the operator and the address block", async () => {
    expect(await logged(TOKEN)).toEqual([200, { actor: 'operator', address: '2001:db8:0:0::/64' }]);
  });

  it('when a wrong token is refused / names nobody', async () => {
    expect(await logged('another')).toEqual([401, { actor: undefined, address: '2001:db8:0:0::/64' }]);
  });
});
