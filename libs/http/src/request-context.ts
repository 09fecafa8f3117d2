import { AsyncLocalStorage } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';

/** What every log line and event of one request contains. */
export interface RequestContext {
  readonly requestId: string;
  /** Ids of the request's span, named as log readers expect them; absent where tracing is off. */
  readonly trace_id?: string;
  readonly span_id?: string;
}

const storage = new AsyncLocalStorage<RequestContext>();

/** Runs `work`, and all that it starts, in a context. */
export const runInContext = <T>(context: RequestContext, work: () => T): T => storage.run(context, work);

/** Runs `work`, and all that it starts, outside any request's context. */
export const runOutsideContext = <T>(work: () => T): T => storage.exit(work);

/** The context of the running request; undefined outside a request. */
export const currentContext = (): RequestContext | undefined => storage.getStore();

/** The caller's request id if it is valid (1 to 128 visible ASCII characters), else a new one, which lower case puts into one piece: JSON of it is faster. */
export function requestIdFrom(header: string | string[] | undefined): string {
  return typeof header === 'string' && /^[\x21-\x7e]{1,128}$/.test(header) ? header : randomUUID().toLowerCase();
}
