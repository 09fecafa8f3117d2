import { createHmac, createSecretKey, hkdfSync, type KeyObject } from 'node:crypto';
import type { FastifyRequest } from 'fastify';
import { stringify } from 'safe-stable-stringify';
import { readQueryString } from '../wire/query-string.js';
import { parsePreferences } from './write-preferences.js';

/** What requests under one `Idempotency-Key` are compared by: keyed hashes, since a body can hold a password. */
export interface Fingerprint {
  /** Over the request's spelling. Release 1.0.0 compares this one, so it is stored for it. */
  spelling: Buffer;
  /** Over what the request means, bound to a stored spelling: a row that release 1.0.0 took over keeps no meaning of its former request. */
  meaningWith: (spelling: Buffer) => Buffer;
}

/** Makes fingerprints of requests, under a key derived from the gateway's secret. */
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

/** Whether a stored request is the same one: by its meaning, or by its spelling where it was stored without. */
export const isSameRequest = (
  { spelling, meaningWith }: Fingerprint,
  stored: { fingerprint: Buffer; meaning: Buffer | null },
): boolean =>
  spelling.equals(stored.fingerprint) || (stored.meaning !== null && meaningWith(stored.fingerprint).equals(stored.meaning));

/** The request without what is only its spelling: percent-encodings, order of names, unknown preferences. */
function meaningOf({ method, url, headers, body }: FastifyRequest): string {
  const [path = ''] = url.split('?', 1);
  const { strict, dryRun } = parsePreferences([headers['prefer'] ?? []].flat().join(','));
  return stringify([method, decodeURIComponent(path), readQueryString(url), { strict, dryRun }, body ?? {}]);
}
