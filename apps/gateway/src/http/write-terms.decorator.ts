import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import type { WriteRequest } from '../writes/write-request.js';
import { writeTermsOf, type DryRuns } from './write-terms.js';

/** The running request as a {@link WriteRequest}. */
export const WriteTerms = createParamDecorator((dryRuns: DryRuns | undefined, context: ExecutionContext): WriteRequest =>
  writeTermsOf(context.switchToHttp().getRequest<FastifyRequest>(), dryRuns ?? 'no dry-runs'),
);
