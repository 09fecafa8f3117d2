import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { documentedBy, WRITE_KIND } from '../wire/documented.js';
import type { WriteRequest } from './write-request.js';
import { writeTermsOf, type DryRuns } from './write-terms.js';

const readTerms = createParamDecorator((dryRuns: DryRuns, context: ExecutionContext): WriteRequest =>
  writeTermsOf(context.switchToHttp().getRequest<FastifyRequest>(), dryRuns),
);

/** The running request as a {@link WriteRequest}. */
export const WriteTerms = (dryRuns: DryRuns = 'no dry-runs'): ParameterDecorator =>
  documentedBy(readTerms(dryRuns), WRITE_KIND, dryRuns);
