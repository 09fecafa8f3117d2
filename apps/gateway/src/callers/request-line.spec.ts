import { expect, it } from '@jest/globals';
import type { FastifyRequest } from 'fastify';
import { requestDescriber } from './request-line.js';

const secret = Buffer.alloc(32, 1);
const request = { ip: '2001:db8::7', caller: { tokenId: '7' } } as unknown as FastifyRequest;

it('when a request is logged / its line names the token and the address block', () => {
  expect(requestDescriber({ secret, hashAddresses: false })(request)).toEqual({ actor: '7', address: '2001:db8:0:0::/64' });
});

it('when addresses are hashed / the line has a keyed hash, the same for one block', () => {
  const describeRequest = requestDescriber({ secret, hashAddresses: true });
  const { address } = describeRequest(request);
  expect(address).toMatch(/^[0-9a-f]{16}$/);
  expect(describeRequest({ ...request, ip: '2001:db8::8' }).address).toBe(address);
  const other = requestDescriber({ secret: Buffer.alloc(32, 2), hashAddresses: true })(request);
  expect(other.address).not.toBe(address);
});
