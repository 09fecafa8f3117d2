import { describe, expect, it } from '@jest/globals';
import type { ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { OperatorGuard, OperatorToken } from './operator.guard.js';
import { requestDescriber } from './request-line.js';

const TOKEN = 'operators-own-token';
const requestWith = (token: string) =>
  ({ headers: { authorization: `Bearer ${token}` }, ip: '2001:db8::7' }) as unknown as FastifyRequest;
const contextOf = (request: FastifyRequest) =>
  ({ switchToHttp: () => ({ getRequest: () => request }) }) as unknown as ExecutionContext;
const describeRequest = requestDescriber({ secret: Buffer.alloc(32, 1), hashAddresses: false });

describe('the log line of a request', () => {
  it("when the operator's token passes / names the operator and the address block", () => {
    const request = requestWith(TOKEN);
    new OperatorGuard(new OperatorToken(TOKEN)).canActivate(contextOf(request));
    expect(describeRequest(request)).toEqual({ actor: 'operator', address: '2001:db8:0:0::/64' });
  });

  it('when a wrong token is refused / names nobody', () => {
    const request = requestWith('another');
    expect(() => new OperatorGuard(new OperatorToken(TOKEN)).canActivate(contextOf(request))).toThrow();
    expect(describeRequest(request)).toEqual({ actor: undefined, address: '2001:db8:0:0::/64' });
  });
});
