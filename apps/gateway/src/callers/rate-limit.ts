import { CodedError } from '../wire/coded.error.js';
import type { FastifyReply } from 'fastify';
import { WINDOW_SECONDS } from './quota-leases.js';
import type { QuotaState } from './token-quota.js';
import type { TokenQuotas } from './token-quotas.js';
import type { Caller } from './api-tokens.js';

/** The limit on requests of one token and of the tokens that it made. */
export class RateLimit {
  private readonly limit: string;
  private readonly policy: string;

  constructor(private readonly quotas: TokenQuotas) {
    this.limit = String(quotas.limit);
    this.policy = `"default";q=${quotas.limit};w=${WINDOW_SECONDS}`;
  }

  /**
   * Counts a request, and sets the quota headers on its answer; at once if the replica holds a lease.
   * @throws {CodedError} 429 if it is one too many
   */
  admit({ familyId }: Caller, reply: FastifyReply): void | Promise<void> {
    const taken = this.quotas.take(familyId);
    return taken instanceof Promise ? taken.then((state) => this.judge(state, reply)) : this.judge(taken, reply);
  }

  private judge(state: QuotaState, reply: FastifyReply): void {
    this.tell(state, reply);
    if (state.allowed) return;
    const message = `The limit of ${this.limit} requests a minute is reached.`;
    throw new CodedError('rate_limited', { message, retryAfter: state.resetSeconds });
  }

  private tell({ remaining, resetSeconds }: QuotaState, reply: FastifyReply): void {
    // In lower case, as Fastify keeps the names.
    void reply.header('x-ratelimit-limit', this.limit);
    void reply.header('x-ratelimit-remaining', String(remaining));
    void reply.header('ratelimit-policy', this.policy);
    void reply.header('ratelimit', `"default";r=${remaining};t=${resetSeconds}`);
  }
}
