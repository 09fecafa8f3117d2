import { createParamDecorator, type ExecutionContext } from '@nestjs/common';
import type { FastifyRequest } from 'fastify';
import { documentedBy, WRITE_KIND } from '../wire/documented.js';
import type { WriteRequest } from './write-request.js';
import type { VersionCondition } from './version-condition.js';
import { conditionOf, writeTermsOf, type Conditions, type DryRuns } from './write-terms.js';

const readTerms = createParamDecorator(({ dryRuns, conditions }: Terms, context: ExecutionContext): WriteRequest =>
  writeTermsOf(context.switchToHttp().getRequest<FastifyRequest>(), dryRuns, conditions),
);

interface Terms {
  dryRuns: DryRuns;
  conditions: Conditions;
}

/** The running request as a {@link WriteRequest}. */
export const WriteTerms = (dryRuns: DryRuns = 'no dry-runs', conditions: Conditions = 'conditional'): ParameterDecorator =>
  documentedBy(readTerms({ dryRuns, conditions }), WRITE_KIND, dryRuns);

/** The condition of a read; unlike in the handler, an unreadable one is an error before the path's id is. */
export const IfNoneMatch = createParamDecorator((_: unknown, context: ExecutionContext): VersionCondition | undefined =>
  conditionOf('If-None-Match', context.switchToHttp().getRequest<FastifyRequest>().headers['if-none-match']),
);
