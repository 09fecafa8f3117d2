/** How often and how long a request is tried again. */
export interface Retries {
  /** Most requests for one call. @default 6 */
  attempts?: number;
  /** The longest wait for one attempt, in milliseconds; an answer that asks for more is returned as it is. @default 60000 */
  longestWaitMs?: number;
  /** @default the global one */
  fetch?: typeof fetch;
}

const WRITES = new Set(['POST', 'PUT', 'PATCH', 'DELETE']);
const REDIRECTS = new Set([301, 302, 303, 307, 308]);
const KEY = 'Idempotency-Key';
/** Routes without stored results. */
const WITHOUT_KEY = /\/external\/api\/v1\/tokens(\/|$|\?)/;
const JSON_TYPE = /^application\/(\w+\+)?json\b/i;
const HTML_TYPE = /^text\/html\b/i;
const FIRST_WAIT_MS = 200;
/** A longer timer ends at once. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/** A write was answered with a redirect, which it does not follow: nothing was changed. */
export class WriteRedirected extends Error {
  override readonly name = 'WriteRedirected';
}

/** A success is a page in HTML, for instance the sign-in of a proxy: the gateway has no part in it. */
export class PageAnswered extends Error {
  override readonly name = 'PageAnswered';
}

/**
 * A `fetch` that repeats what may be repeated: answers 429, and where a repetition does nothing twice answers 503, 409 of a request that is
 * still running, and lost connections, also within an answer of JSON. It waits for their `Retry-After`. Each write gets an idempotency key,
 * unless it has one or its route takes none (tokens).
 * @throws {WriteRedirected}
 * @throws {PageAnswered}
 */
export function resilientFetch({ attempts = 6, longestWaitMs = 60_000, fetch: send = fetch }: Retries = {}): typeof fetch {
  return async (input, init) => {
    const request = prepared(new Request(input, init));
    for (let attempt = 1; ; attempt++) {
      const isLast = attempt >= attempts;
      try {
        const response = await send(request.clone());
        requireNoRedirect(request, response);
        requireNoPage(request, response);
        // A write can have happened behind any answer but 429.
        const isFinal = isLast || (response.status !== 429 && !isRepeatable(request));
        const waitMs = isFinal ? undefined : waitOf(response, attempt);
        if (waitMs === undefined || waitMs > longestWaitMs) return await whole(response);
        await response.body?.cancel();
        await pause(waitMs, request.signal);
      } catch (error) {
        if (isLast || request.signal.aborted || isForeign(error) || !isRepeatable(request)) throw error;
        await pause(backOffMs(attempt), request.signal);
      }
    }
  };
}

/** A write with its key. `fetch` sends a redirected POST as a GET, whose answer looks like that of the write: so a write follows none. */
function prepared(request: Request): Request {
  if (!WRITES.has(request.method)) return request;
  const write = new Request(request, { redirect: 'manual' });
  if (takesKey(write) && !write.headers.has(KEY)) write.headers.set(KEY, crypto.randomUUID());
  return write;
}

function requireNoRedirect({ method, url }: Request, { status, type, headers }: Response): void {
  // Browsers hide the status and the address.
  if (!WRITES.has(method) || !(type === 'opaqueredirect' || REDIRECTS.has(status))) return;
  throw new WriteRedirected(
    `${method} ${url} was redirected to ${headers.get('location') ?? 'another address'}: give that of the gateway.`,
  );
}

function requireNoPage({ method, url }: Request, { ok, headers }: Response): void {
  if (ok && HTML_TYPE.test(headers.get('content-type') ?? ''))
    throw new PageAnswered(`${method} ${url} was answered with a page in HTML: is that the address of the gateway?`);
}

/** Something before the gateway answered, and will do so again. */
const isForeign = (error: unknown): boolean => error instanceof WriteRedirected || error instanceof PageAnswered;

/** Answers of JSON have come to their end, so that a connection lost before it is lost here; exports and streams are read by the caller. */
async function whole(response: Response): Promise<Response> {
  if (JSON_TYPE.test(response.headers.get('content-type') ?? '')) await response.clone().arrayBuffer();
  return response;
}

const takesKey = ({ method, url }: Request): boolean => WRITES.has(method) && !WITHOUT_KEY.test(url);

const isRepeatable = (request: Request): boolean => !WRITES.has(request.method) || takesKey(request);

/** Undefined if the answer is final. */
function waitOf({ status, headers }: Response, attempt: number): number | undefined {
  const afterMs = retryAfterMs(headers);
  if (status !== 429 && status !== 503 && !(status === 409 && afterMs !== undefined)) return undefined;
  return afterMs ?? backOffMs(attempt);
}

const HTTP_DATE = /^[A-Z][a-z]{2}, \d{2} [A-Z][a-z]{2} \d{4} \d{2}:\d{2}:\d{2} GMT$/;

/** What `Retry-After` asks for, in seconds or as a date by the clock of who answers; undefined where it asks for nothing. */
export function retryAfterMs(headers: Headers): number | undefined {
  const after = headers.get('retry-after') ?? '';
  if (/^\d+$/.test(after)) return Number(after) * 1_000;
  if (!HTTP_DATE.test(after)) return undefined;
  const now = Date.parse(headers.get('date') ?? '') || Date.now();
  return Math.max(0, Date.parse(after) - now);
}

/** Doubles, with half of it random: clients that failed together do not retry together. */
export const backOffMs = (failures: number): number => FIRST_WAIT_MS * 2 ** Math.min(failures - 1, 6) * (0.5 + Math.random() / 2);

export function pause(ms: number, signal?: AbortSignal): Promise<void> {
  return new Promise((resolve, reject) => {
    const stop = (): void => {
      clearTimeout(timer);
      reject(signal!.reason as Error);
    };
    const timer = setTimeout(
      () => {
        signal?.removeEventListener('abort', stop);
        resolve();
      },
      Math.min(ms, LONGEST_TIMER_MS),
    );
    if (signal?.aborted) stop();
    else signal?.addEventListener('abort', stop, { once: true });
  });
}
