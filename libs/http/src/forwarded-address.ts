import ipaddr from 'ipaddr.js';
import { Logger } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { forwardedFor } from './forwarded-header.js';
import { RepeatedWarnings } from './repeated-warnings.js';

const WARN_EVERY_MS = 60_000;

/** Stands for an address that cannot be read. */
const UNKNOWN_ADDRESS = 'unknown';
const WITH_PORT = /^(?:\[([^\]]*)\]|([\d.]+))(?::\d{1,5})?$/;

/**
 * Normalizes an address as proxies forward it (in quotes or brackets, with a port, mapped into IPv6, with leading zeros),
 * or returns {@link UNKNOWN_ADDRESS}.
 */
export function plainAddress(forwarded: string): string {
  const text = forwarded.trim().replace(/^"(.*)"$/, '$1');
  const [, bracketed, dotted] = WITH_PORT.exec(text) ?? [];
  const plain = bracketed ?? dotted ?? text;
  if (ipaddr.IPv6.isValid(plain)) return ipaddr.process(plain).toString();
  // Only decimal: the library reads 010 as octal, and a single number as an address.
  const decimal = plain.replace(/\b0+(?=\d)/g, '');
  return ipaddr.IPv4.isValidFourPartDecimal(decimal) ? decimal : UNKNOWN_ADDRESS;
}

/**
 * Normalizes a request's forwarded addresses before any other code reads them, so that a proxy is recognised by its address with a port too.
 * `Forwarded` stands in for `X-Forwarded-For` only where that is absent: a proxy that writes one often lets the other through unseen.
 */
export function readForwardedAddress({ raw: { headers } }: FastifyRequest): void {
  const listed = headers['x-forwarded-for'];
  const hops = listed === undefined ? forwardedFor(headers.forwarded) : [listed].flat().join(',').split(',');
  if (hops.length > 0) headers['x-forwarded-for'] = hops.map(plainAddress).join(', ');
}

/** Warns, once a minute, where a forwarded address comes from a proxy that is not trusted: all its callers count as one address. */
export function warnOfForwardedAddresses(): (request: FastifyRequest) => void {
  const warnings = new RepeatedWarnings(new Logger('ForwardedAddress'), WARN_EVERY_MS);
  const msg = 'X-Forwarded-For or Forwarded comes in and TRUST_PROXY is off: all callers behind a proxy count as one address.';
  return ({ raw: { headers } }) => {
    if (headers['x-forwarded-for'] !== undefined || headers.forwarded !== undefined) warnings.warn('forwarded_address', { msg });
  };
}
