import { type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { finalize, tap, type Observable } from 'rxjs';
import { RequestFingerprints } from './request-fingerprint.js';
import type { IdempotencyStore } from './idempotency-store.js';
import { IdempotencyKeyInUse, MalformedHeader } from './write.errors.js';
import type { IdempotencyKey } from './write-request.js';

declare module 'fastify' {
  interface FastifyRequest {
    /** Set on writes with an `Idempotency-Key`. */
    key?: IdempotencyKey | undefined;
  }
  interface FastifyContextConfig {
    /** The route answers every request anew, whatever its key. */
    withoutKeys?: boolean;
  }
}

const WRITES = new Set(['POST', 'PATCH', 'PUT', 'DELETE']);
const KEY = /^[\x20-\x7e]{1,255}$/;

/**
 * Looks up what was answered under a request's `Idempotency-Key`, before anything else is decided of it.
 * A second request with a key waits for nothing: while the first is served it is refused, by this process or,
 * where another one serves the first, by the lock on the key that the transaction takes.
 */
export class IdempotencyInterceptor implements NestInterceptor {
  private readonly fingerprints: RequestFingerprints;
  private readonly running = new Set<string>();

  /** @param secret the gateway's secret: a body can hold a password, of which a bare hash could be guessed */
  constructor(
    private readonly keptResults: IdempotencyStore,
    secret: Buffer,
  ) {
    this.fingerprints = new RequestFingerprints(secret);
  }

  async intercept(context: ExecutionContext, next: CallHandler): Promise<Observable<unknown>> {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const key = this.keyOf(request);
    if (!key) return next.handle();
    const name = `${key.tokenId}:${key.key}`;
    if (this.running.has(name)) throw new IdempotencyKeyInUse();
    this.running.add(name);
    try {
      request.key = { ...key, kept: await this.keptResults.find(key), replayed: false };
    } catch (error) {
      this.running.delete(name);
      throw error;
    }
    const reply = context.switchToHttp().getResponse<FastifyReply>();
    const sayReplayed = () => void (request.key?.replayed && reply.header('Idempotency-Replayed', 'true'));
    return next.handle().pipe(
      tap(sayReplayed),
      finalize(() => this.running.delete(name)),
    );
  }

  private keyOf(request: FastifyRequest): Pick<IdempotencyKey, 'tokenId' | 'key' | 'fingerprint'> | undefined {
    const { caller, headers, method, routeOptions } = request;
    const header = headers['idempotency-key'];
    if (header === undefined || !caller || !WRITES.has(method) || routeOptions.config.withoutKeys) return undefined;
    const key = typeof header === 'string' ? unquoted(header.trim()) : '';
    if (!KEY.test(key)) throw new MalformedHeader('Idempotency-Key', 'must be 1 to 255 ASCII characters');
    return { tokenId: caller.tokenId, key, fingerprint: this.fingerprints.of(request) };
  }
}

/** A key as a structured string (RFC 9651) means the same as the bare one. */
const unquoted = (header: string): string =>
  /^".*"$/.test(header) && header.length > 1 ? header.slice(1, -1).replace(/\\(["\\])/g, '$1') : header;
