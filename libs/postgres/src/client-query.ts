import pg from 'pg';

type Callback = (error: unknown, result?: unknown) => void;

/** A statement that pg sends, and calls back once it is answered. */
interface ClientQuery extends pg.Submittable {
  callback?: Callback | undefined;
}

interface Rejectable {
  catch?: (onRejected: (error: unknown) => void) => unknown;
}

interface Asked {
  query: ClientQuery;
  /** What the caller gets: a promise, the statement that it made itself, or nothing where it gave a callback. */
  answer: unknown;
  /** Rejects where the statement fails and no callback tells the caller. */
  outcome: Rejectable | undefined;
  /** How long the answer may take, in milliseconds; undefined where the caller says nothing. */
  timeoutMs: number | undefined;
}

type Config = pg.QueryConfig & { query_timeout?: number; callback?: Callback };

const ignore: Callback = () => undefined;

/**
 * Reads the arguments of pg's `query`.
 *
 * Trap: V8 allocates a function that an assignment writes to a property (`query.callback = () => …`) in the old generation at once. There it
 * is garbage until a full collection, and until then all that it refers to survives too: pg's own promise and its own limit of time did that
 * with the rows of every statement. So the callback is an argument of the constructor here, and an assigned one has a name first.
 */
export function readQuery([first, second, third]: readonly unknown[]): Asked {
  const callback = [second, third].find((each) => typeof each === 'function') as Callback | undefined;
  if (typeof (first as Partial<ClientQuery> | undefined)?.submit === 'function') {
    const query = first as ClientQuery;
    query.callback ??= callback;
    return { query, answer: query, outcome: query as Rejectable, timeoutMs: (first as Config).query_timeout };
  }
  const values = Array.isArray(second) ? (second as unknown[]) : undefined;
  // A copy: pg writes into it, and a caller can use its own again.
  const config: Config = typeof first === 'string' ? { text: first } : { ...(first as Config) };
  return { ...queryOf({ ...config, ...(values && { values }) }, callback ?? config.callback), timeoutMs: config.query_timeout };
}

function queryOf(config: Config, callback: Callback | undefined): Omit<Asked, 'timeoutMs'> {
  if (callback) return { query: newQuery(config, callback), answer: undefined, outcome: undefined };
  const { promise, resolve, reject } = Promise.withResolvers<unknown>();
  const query = newQuery(config, (error, result) => (error ? reject(error) : resolve(result)));
  // The stack trace leads to the caller, and not to the socket. V8 finds it only where nobody else waits for this promise.
  const answer = promise.catch((error: Error) => {
    Error.captureStackTrace(error);
    throw error;
  });
  return { query, answer, outcome: promise };
}

const newQuery = (config: Config, callback: Callback): ClientQuery => new pg.Query(config, callback);

/**
 * Limits the time until a statement is answered. pg's own limit is not used, see the trap above.
 * @param cut ends the connection: the answer could still come, and would be taken for that of a later statement
 */
export function limitTime(query: ClientQuery, ms: number, cut: () => void): void {
  const { callback = ignore } = query;
  const timer = setTimeout(() => {
    query.callback = ignore;
    callback(new Error('Query read timeout'));
    cut();
  }, ms);
  const answered: Callback = (error, result) => {
    clearTimeout(timer);
    callback(error, result);
  };
  query.callback = answered;
}
