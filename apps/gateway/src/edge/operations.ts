import type { OpenAPIObject } from '@nestjs/swagger';
import { BEARER, WITHOUT_KEYS } from '../callers/scope.decorator.js';
import { HEADERS_OF } from '../wire/answers.decorator.js';
import { headersNamed, QUOTA_HEADERS, type HeaderName } from '../wire/headers.js';
import { parameterReference, type ParameterName } from '../wire/parameters.js';
import { PARAMETERS_OF, WRITE_KIND } from '../wire/documented.js';
import { errorResponseReference } from './error-responses.js';

type PathItem = OpenAPIObject['paths'][string];
type Operation = NonNullable<PathItem['get']>;
type Responses = Operation['responses'];

/** An operation as its decorators describe it, and its kind. */
interface Kind {
  path: string;
  method: string;
  /** It needs a token. */
  guarded: boolean;
  /** It changes something. */
  writes: boolean;
  /** It supports dry runs. */
  dryRuns: boolean;
  /** Its results are stored under keys. */
  keyed: boolean;
}

const PATH_PARAMETERS: Record<string, ParameterName> = { id: 'Id', company: 'Company', name: 'TagName' };

/** Adds to an operation what all operations of its kind have in common. */
export function completeOperation(path: string, method: string, found: Operation): Operation {
  const kind = kindOf(path, method, found);
  const responses = completeResponses(found, kind);
  const parameters = [...pathParameters(path), ...parametersOf(found), ...commonParameters(found, kind)];
  const own = Object.fromEntries(Object.entries(found).filter(([name]) => !name.startsWith('x-')));
  const security = found.security ?? [];
  return {
    ...(own as unknown as Operation),
    security,
    parameters: parameters as never,
    responses,
    ...completeBody(found, method),
  };
}

function kindOf(path: string, method: string, found: Operation): Kind {
  const extensions = found as unknown as Record<string, unknown>;
  const write = extensions[WRITE_KIND];
  return {
    path,
    method,
    guarded: found.security?.some((scheme) => BEARER in scheme) ?? false,
    writes: write !== undefined,
    dryRuns: write === 'dry-runs',
    keyed: write !== undefined && extensions[WITHOUT_KEYS] === undefined,
  };
}

const pathParameters = (path: string): object[] =>
  [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) =>
    parameterReference(path.endsWith('/tokens/{id}') ? 'TokenId' : PATH_PARAMETERS[name!]!),
  );

const parametersOf = (found: Operation): object[] =>
  ((found as unknown as Record<string, unknown>)[PARAMETERS_OF] as object[] | undefined) ?? [];

function commonParameters(found: Operation, { writes, dryRuns, keyed }: Kind): object[] {
  const names: (ParameterName | false)[] = [
    '412' in found.responses && 'IfMatch',
    ('304' in found.responses || '412' in found.responses) && 'IfNoneMatch',
    keyed && 'IdempotencyKey',
    writes && 'Prefer',
    dryRuns && 'DryRun',
    'RequestId',
  ];
  return names.filter((name) => name !== false).map(parameterReference);
}

function completeResponses(found: Operation, kind: Kind): Responses {
  const declared = Object.keys(found.responses).map(Number);
  const statuses = [...new Set([...declared, ...commonErrors(found, kind)])].sort((a, b) => a - b);
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      status < 400 || !kind.guarded ? completeAnswer(found, status, kind) : errorResponseReference(status),
    ]),
  );
}

/** In the order of the checks. */
function commonErrors(found: Operation, { path, guarded, writes, keyed }: Kind): number[] {
  if (!guarded) return [];
  const reads = parametersOf(found).length > 0;
  return [
    401,
    429,
    403,
    ...(found.requestBody ? [413, 415] : []),
    400,
    ...(keyed ? [409] : []),
    ...(path.includes('{') ? [404] : []),
    ...(writes || reads ? [422] : []),
    503,
  ];
}

function completeAnswer(found: Operation, status: number, { guarded, dryRuns, keyed }: Kind): Responses[string] {
  const declared = (found as unknown as Record<string, unknown>)[`${HEADERS_OF}${status}`] as HeaderName[] | undefined;
  const names: (HeaderName | false)[] = [
    ...(declared ?? []),
    keyed && 'Idempotency-Replayed',
    dryRuns && 'Preference-Applied',
    'X-Request-Id',
    status === 503 && 'Retry-After',
    ...(guarded ? QUOTA_HEADERS : []),
  ];
  return { ...found.responses[status]!, headers: headersNamed(names.filter((name) => name !== false)) };
}

/** A PATCH takes a merge patch, so its content type is accepted too. */
function completeBody({ requestBody }: Operation, method: string): Pick<Operation, 'requestBody'> {
  if (!requestBody || !('content' in requestBody) || method !== 'patch') return {};
  const json = requestBody.content['application/json']!;
  return { requestBody: { ...requestBody, content: { ...requestBody.content, 'application/merge-patch+json': json } } };
}
