import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { AddressCounts, addressBlock, ApiError, bearerDefectOf, bearerTokenOf, unauthenticated } from '#app/http';
import type { FastifyRequest } from 'fastify';
import './request-line.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Checks the operator's token by its hash. */
export class OperatorToken {
  private readonly expected: Buffer | undefined;

  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /** False for every token if none is set. */
  is(token: string): boolean {
    return this.expected !== undefined && timingSafeEqual(digest(token), this.expected);
  }
}

/** Wrong tokens of one address in a minute that are answered 401; further ones are answered 429. */
const MOST_WRONG = 100;

/** Lets only the operator's token pass. Wrong tokens from an address never block a right one. */
@Injectable()
export class OperatorGuard implements CanActivate {
  private readonly wrong = new AddressCounts(MOST_WRONG);

  constructor(private readonly operator: OperatorToken) {}

  canActivate(context: ExecutionContext): boolean {
    const request = context.switchToHttp().getRequest<FastifyRequest>();
    const { authorization } = request.headers;
    const token = bearerTokenOf(authorization);
    if (token === undefined) throw unauthenticated(bearerDefectOf(authorization));
    if (this.operator.is(token)) {
      request.actor = 'operator';
      return true;
    }
    const retryAfter = this.wrong.count(addressBlock(request.ip));
    if (retryAfter === undefined) throw unauthenticated();
    const headers = { 'Retry-After': String(retryAfter) };
    throw new ApiError(429, 'too_many_unknown_tokens', 'This address has sent too many unknown tokens.', { headers });
  }
}
