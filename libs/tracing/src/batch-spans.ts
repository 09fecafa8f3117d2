import { tracing, type OpenSpan, type SpanEnd, type SpanStart } from './tracing.js';

/** A part of shared work: the trace that it belongs to. */
type Part = Pick<SpanStart, 'parent' | 'attributes'> & { name?: string };

/**
 * Begins a span for each part of shared work, in the trace of that part. The first is linked to all others, and each of them to the first.
 * Undefined where tracing is off; the parts are asked for only where it is on.
 */
export function beginBatch(name: string, partsOf: () => readonly Part[], shared: SpanStart = {}): BatchSpans | undefined {
  const on = tracing();
  if (!on) return undefined;
  const parts = partsOf();
  const [first, ...rest] = parts;
  if (!first) return undefined;
  const parents = rest.flatMap(({ parent }) => parent ?? []);
  const begin = (part: Part, links: string[]): OpenSpan => on.begin(part.name ?? name, { ...shared, ...part, links });
  const leading = begin(first, parents);
  const others = rest.map((part) => begin(part, [leading.traceparent]));
  return new BatchSpans([leading, ...others]);
}

/** The spans of shared work, in the order of its parts. */
export class BatchSpans {
  constructor(readonly spans: readonly OpenSpan[]) {}

  end(how?: SpanEnd): void {
    for (const span of this.spans) span.end(how);
  }
}

/** Ends spans with the work that they are of. Without spans the work is returned as it is. */
export const endingSpans = <T>(spans: BatchSpans | undefined, work: Promise<T>): Promise<T> =>
  spans ? ended(spans, work) : work;

async function ended<T>(spans: BatchSpans, work: Promise<T>): Promise<T> {
  try {
    const result = await work;
    spans.end();
    return result;
  } catch (error) {
    spans.end({ error });
    throw error;
  }
}
