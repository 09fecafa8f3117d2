import { createHash, timingSafeEqual } from 'node:crypto';
import { Injectable, type CanActivate, type ExecutionContext } from '@nestjs/common';
import { unauthenticated } from '#app/http';
import type { FastifyRequest } from 'fastify';
import { bearerOf } from './bearer.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** The operator's own token, of which a hash is enough to tell it. */
export class OperatorToken {
  private readonly expected: Buffer | undefined;

  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  /** False for every token where none is set. */
  is(token: string): boolean {
    return this.expected !== undefined && timingSafeEqual(digest(token), this.expected);
  }
}

/** Lets the operator's own token pass alone. */
@Injectable()
export class OperatorGuard implements CanActivate {
  constructor(private readonly operator: OperatorToken) {}

  canActivate(context: ExecutionContext): boolean {
    const token = bearerOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (token === undefined || !this.operator.is(token)) throw unauthenticated();
    return true;
  }
}
