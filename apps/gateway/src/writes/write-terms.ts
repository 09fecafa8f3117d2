import { readTraceparent, traceparentOf } from '#app/tracing';
import type { FastifyRequest } from 'fastify';
import { runningDeadline } from '../wire/request-deadline.js';
import { MalformedHeader } from './write.errors.js';
import { parsePreferences } from './write-preferences.js';
import { WHOLE_REQUEST, type FieldErrors, type WriteRequest } from './write-request.js';
import { CONDITION_FORM, parseVersionCondition, type VersionCondition, type WriteCondition } from './version-condition.js';

const YES = /^(1|true|)$/i;
const NO = /^(0|false)$/i;

/** Whether a write can have a version condition. */
export type Conditions = 'conditional' | 'unconditional';

/** Whether a resource supports dry runs. */
export type DryRuns = 'dry-runs' | 'no dry-runs';

/**
 * The terms of a request for a write.
 * @throws {MalformedHeader}
 */
export function writeTermsOf(request: FastifyRequest, dryRuns: DryRuns, conditions: Conditions): WriteRequest {
  const { id, caller, headers, key } = request;
  const deadline = runningDeadline(request);
  if (!caller) throw new Error('A route without a caller cannot write.');
  const preferences = parsePreferences(joined(headers['prefer']));
  const asked = dryRunParameter(request);
  const errors: FieldErrors = conditions === 'unconditional' ? unconditionalErrors(request) : {};
  if (asked === 'unreadable') errors['dry_run'] = ['must be true or false'];
  const dryRun = preferences.dryRun || asked === true;
  if (dryRun && dryRuns === 'no dry-runs') errors['dry_run'] = ['is not available here'];
  return {
    deadline,
    requestId: id,
    actor: caller.tokenId,
    traceparent: givenTraceparent(headers['traceparent']),
    condition: writeConditionOf(headers),
    dryRun,
    readsContacts: caller.scopes.has('contacts:read'),
    strict: preferences.strict,
    errors,
    key,
    item: WHOLE_REQUEST,
  };
}

/**
 * The condition of a header; undefined without the header.
 * @throws {MalformedHeader}
 */
export function conditionOf(name: string, header: string | undefined): VersionCondition | undefined {
  if (header === undefined) return undefined;
  const condition = parseVersionCondition(header);
  if (!condition) throw new MalformedHeader(name, `must be ${CONDITION_FORM}`);
  return condition;
}

/**
 * The conditions of `If-Match` and `If-None-Match`; undefined without both.
 * @throws {MalformedHeader}
 */
export function writeConditionOf(headers: FastifyRequest['headers']): WriteCondition | undefined {
  const match = conditionOf('If-Match', headers['if-match']);
  const noneMatch = conditionOf('If-None-Match', headers['if-none-match']);
  return match || noneMatch ? { match, noneMatch } : undefined;
}

/** Errors of a condition on a request without a version: a creation, or a batch, whose items have their own conditions. */
function unconditionalErrors({ headers }: FastifyRequest): FieldErrors {
  const given = ['If-Match', 'If-None-Match'].filter((name) => headers[name.toLowerCase()] !== undefined);
  return Object.fromEntries(given.map((name) => [name, ['is not available here']]));
}

function dryRunParameter({ query }: FastifyRequest): boolean | 'unreadable' | undefined {
  const value = (query as Record<string, unknown>)['dry_run'];
  if (value === undefined) return undefined;
  if (typeof value !== 'string') return 'unreadable';
  if (YES.test(value)) return true;
  return NO.test(value) ? false : 'unreadable';
}

/** In the form of version 00, without what a later one has more. */
function givenTraceparent(header: string | string[] | undefined): string | null {
  const context = typeof header === 'string' ? readTraceparent(header) : undefined;
  return context ? traceparentOf(context) : null;
}

const joined = (header: string | string[] | undefined): string | undefined => (Array.isArray(header) ? header.join(',') : header);
