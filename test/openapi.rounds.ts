import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import type { Judge } from './openapi.judge.js';
import type { Described, MadeRequest, Operation } from './openapi.requests.js';

const REQUESTS_EACH = 16;
/** An answer of a busy machine can be 503 now and then: that request is sent again, so often. */
const LATE_ANSWERS = 2;

/** An app that runs, and its document. */
export interface DocumentedApp {
  described: Described;
  judge: Judge;
  /** Where a path of the document is served. */
  urlOf: (path: string) => string;
  tokenFor: (path: string) => string;
}

/** Declares a test for each operation: what random requests of the document are answered, the document describes. */
export function describeRandomRequests(title: string, app: DocumentedApp): void {
  describe(title, () => {
    it.each(app.described.operations().map((operation) => [operation.id, operation] as const))(
      'when %s gets them / answers as the document says',
      async (_id, operation) => {
        const accept = fc.constantFrom('*/*', '*/*', 'application/problem+json', ...contentTypesOf(operation));
        await fc.assert(
          fc.asyncProperty(app.described.requests(operation), accept, async (request, type) => {
            expect(await defectsOf(app, operation, request, type)).toEqual([]);
          }),
          { numRuns: REQUESTS_EACH, endOnFailure: true },
        );
      },
    );
  });
}

const contentTypesOf = ({ responses }: Operation): string[] => Object.keys(responses[200]?.['content'] ?? {});

async function defectsOf(
  { judge, urlOf, tokenFor }: DocumentedApp,
  operation: Operation,
  { method, path, headers, body }: MadeRequest,
  accept: string,
): Promise<string[]> {
  for (let late = 0; ; late++) {
    const stop = new AbortController();
    const response = await fetch(urlOf(path), {
      method,
      signal: stop.signal,
      headers: { ...headers, accept, authorization: `Bearer ${tokenFor(path)}` },
      ...(body === undefined ? {} : { body }),
    });
    // A stream has no end.
    const text = response.headers.get('content-type')?.startsWith('text/event-stream') ? '' : await response.text();
    stop.abort();
    if (response.status !== 503 || late === LATE_ANSWERS) return judge.defects(operation, response, text);
  }
}
