import { createHmac, createSecretKey, hkdfSync } from 'node:crypto';
import { addressBlock } from '#app/http';
import type { FastifyRequest } from 'fastify';

interface RequestLineSettings {
  secret: Buffer;
  /** Whether a keyed hash replaces the address block. */
  hashAddresses: boolean;
}

const HASH_DIGITS = 16;

/** The caller's part of a request's log line: the token's id, and the address block or a keyed hash of it. */
export function requestDescriber({ secret, hashAddresses }: RequestLineSettings) {
  const key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'contact-sync/log-address', 32)));
  const shown = (block: string): string =>
    hashAddresses ? createHmac('sha256', key).update(block).digest('hex').slice(0, HASH_DIGITS) : block;
  return ({ caller, ip }: FastifyRequest): Record<string, unknown> => ({
    actor: caller?.tokenId,
    address: shown(addressBlock(ip)),
  });
}
