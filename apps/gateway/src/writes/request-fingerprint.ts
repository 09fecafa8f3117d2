import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import { pathOf } from '#app/http';
import type { FastifyRequest } from 'fastify';
import { stringify } from 'safe-stable-stringify';
import { readQueryString } from '../wire/query-string.js';
import { parsePreferences } from './write-preferences.js';

/** Compares requests under one `Idempotency-Key`: keyed hashes, since a body can hold a password. */
export interface Fingerprint {
  /** Hash of the request's spelling. Release 1.0.0 compares it, so it is stored. */
  spelling: Buffer;
  /** Hash of the request's meaning, bound to the stored spelling: a row that release 1.0.0 reused does not match by its former meaning. */
  meaningWith: (spelling: Buffer) => Buffer;
}

/** Makes fingerprints of requests, with a key derived from the gateway's secret. */
export class RequestFingerprints {
  private readonly key: KeyObject;

  constructor(secret: Buffer) {
    this.key = createSecretKey(Buffer.from(hkdfSync('sha256', secret, '', 'contact-sync/idempotency', 32)));
  }

  of(request: FastifyRequest): Fingerprint {
    const { method, url, headers, body } = request;
    const spelling = this.hash(JSON.stringify([method, url, headers['prefer'] ?? '', body ?? {}]));
    const meaning = meaningOf(request);
    return { spelling, meaningWith: (stored) => this.hash(`${stored.toString('base64')} ${meaning}`) };
  }

  private readonly hash = (text: string): Buffer => createHmac('sha256', this.key).update(text).digest();
}

/** Whether a stored request is the same: by its meaning, or by its spelling if it was stored without a meaning. */
export const isSameRequest = (
  { spelling, meaningWith }: Fingerprint,
  stored: { fingerprint: Buffer; meaning: Buffer | null },
): boolean =>
  spelling.equals(stored.fingerprint) || (stored.meaning !== null && meaningWith(stored.fingerprint).equals(stored.meaning));

/** The request without differences of spelling: origin, fragment, percent-encodings, order of names, unknown preferences. */
function meaningOf({ method, url, headers, body }: FastifyRequest): string {
  const { strict, dryRun } = parsePreferences([headers['prefer'] ?? []].flat().join(','));
  return stringify([method, decodeURIComponent(pathOf(url)), readQueryString(url), { strict, dryRun }, body ?? {}]);
}
