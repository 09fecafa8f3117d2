import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { callerBlock } from './address-block.js';
import type { DescribeRequest } from './request-log.js';

interface RequestLineSettings {
  /** Key of the hashes of addresses. */
  secret: Buffer;
  /** Whether a keyed hash replaces the address block. */
  hashAddresses: boolean;
}

const HASH_DIGITS = 16;

/** Describes callers by their names in the app, and by the address block or a keyed hash of it. */
export function describeRequestsBy(
  { secret, hashAddresses }: RequestLineSettings,
  actorOf: (request: FastifyRequest) => string | undefined,
): DescribeRequest {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'contact-sync/log-address', 32)));
  const shown = (block: string): string =>
    hashAddresses ? createHmac('sha256', key).update(block).digest('hex').slice(0, HASH_DIGITS) : block;
  return (request) => ({ actor: actorOf(request), address: shown(callerBlock(request)) });
}
