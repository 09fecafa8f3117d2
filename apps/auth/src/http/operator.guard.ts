import { createHash, timingSafeEqual } from 'node:crypto';
import type { CanActivate, ExecutionContext } from '@nestjs/common';
import { unauthenticated } from '@app/http';
import type { FastifyRequest } from 'fastify';
import { bearerOf } from './bearer.js';

const digest = (text: string): Buffer => createHash('sha256').update(text).digest();

/** Lets the operator's own token pass, and nothing where no such token is set. */
export class OperatorGuard implements CanActivate {
  private readonly expected: Buffer | undefined;

  constructor(token: string | undefined) {
    this.expected = token === undefined ? undefined : digest(token);
  }

  canActivate(context: ExecutionContext): boolean {
    const token = bearerOf(context.switchToHttp().getRequest<FastifyRequest>());
    if (token === undefined || !this.expected || !timingSafeEqual(digest(token), this.expected)) throw unauthenticated();
    return true;
  }
}
