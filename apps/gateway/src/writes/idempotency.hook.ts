import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { runningDeadline } from '../wire/request-deadline.js';
import { RequestFingerprints } from './request-fingerprint.js';
import type { IdempotencyCounts } from './idempotency-counts.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { IdempotencyKeyInUse, MalformedHeader } from './write.errors.js';
import type { IdempotencyKey } from './write-request.js';
import { writeConditionOf } from './write-terms.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on writes with an `Idempotency-Key`. */
    key?: IdempotencyKey | undefined;
  }
  interface FastifyContextConfig {
    /** The route serves every request, whatever its key. */
    withoutKeys?: boolean;
  }
}

const WRITES = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);
const KEY = /^[\x20-\x7e]{1,255}$/;

/** What looks keys up. */
interface KeyParts {
  stored: IdempotencyStore;
  counts: IdempotencyCounts;
  /** The gateway's secret: a body can hold a password, and a hash without a secret can be guessed. */
  secret: Buffer;
}

/**
 * Looks up the stored results of a request's `Idempotency-Key`, before any other check.
 * A second request with a key does not wait: while the first is served it is refused, by this process or, if another process
 * serves the first, by the transaction's lock on the key.
 */
export class IdempotencyKeys {
  private readonly fingerprints: RequestFingerprints;
  private readonly running = new Set<string>();

  private readonly stored: IdempotencyStore;
  private readonly counts: IdempotencyCounts;

  constructor({ stored, counts, secret }: KeyParts) {
    this.stored = stored;
    this.counts = counts;
    this.fingerprints = new RequestFingerprints(secret);
  }

  /**
   * Sets the key of a request with an `Idempotency-Key`.
   * @throws {IdempotencyKeyInUse} @throws {IdempotencyKeyReused} @throws {MalformedHeader} for the key or a condition
   */
  async take(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    try {
      await this.lookUp(request, reply);
    } catch (error) {
      this.counts.failed(error);
      throw error;
    }
  }

  private async lookUp(request: FastifyRequest, reply: FastifyReply): Promise<void> {
    const key = this.keyOf(request);
    if (!key) return;
    // An unreadable condition is an error whatever the key has stored.
    writeConditionOf(request.headers);
    const name = `${key.tokenId}:${key.key}`;
    if (this.running.has(name)) throw new IdempotencyKeyInUse();
    this.watch(name, reply.raw);
    const replayed = () => void reply.header('idempotency-replayed', 'true');
    request.key = { ...key, kept: await runningDeadline(request).bound(this.stored.find(key)), replayed };
  }

  /** Notes a request as running until it is answered or its caller is gone. One whose caller is gone already has no further event. */
  private watch(name: string, response: FastifyReply['raw']): void {
    if (response.destroyed) return;
    this.running.add(name);
    const end = () => void this.running.delete(name);
    response.once('finish', end).once('close', end);
  }

  private keyOf(request: FastifyRequest): Pick<IdempotencyKey, 'tokenId' | 'key' | 'fingerprint'> | undefined {
    const { caller, headers, method } = request;
    const header = headers['idempotency-key'];
    if (header === undefined || !caller || !WRITES.has(method) || request.routeOptions.config.withoutKeys) return undefined;
    const key = typeof header === 'string' ? unquoted(header.trim()) : '';
    if (!KEY.test(key)) throw new MalformedHeader('Idempotency-Key', 'must be 1 to 255 ASCII characters');
    return { tokenId: caller.tokenId, key, fingerprint: this.fingerprints.of(request) };
  }
}

/** A key as a structured string (RFC 9651) means the same as the bare one. */
const unquoted = (header: string): string =>
  /^".*"$/.test(header) && header.length > 1 ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;

/**
 * Looks up requests with an `Idempotency-Key` once their body is read. A hook, not an interceptor: requests without a key
 * cost nothing.
 * @param findKeys called at the first such request, once the application is up
 */
export function lookUpIdempotencyKeys(fastify: FastifyInstance, findKeys: () => IdempotencyKeys): void {
  fastify.addHook('preHandler', (request, reply, done) => {
    if (request.headers['idempotency-key'] === undefined) return done();
    findKeys()
      .take(request, reply)
      .then(() => done(), done);
  });
}
