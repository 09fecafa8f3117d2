import { AsyncLocalStorage } from 'node:async_hooks';
import pg from 'pg';

/** The longest delay that a timer takes. */
const FOR_EVER_MS = 2 ** 31 - 1;
/** So long the server has to take a farewell. */
const FAREWELL_MS = 1_000;

const patience = new AsyncLocalStorage<number>();

/** Within `work` a statement may take so many milliseconds before its connection is given up, instead of the usual time. */
export const withStatementTimeout = <T>(ms: number, work: () => T): T => patience.run(ms, work);

/** Within `work` a statement may take as long as it likes: for migrations, not for what somebody waits for. */
export const withoutTimeout = <T>(work: () => T): T => withStatementTimeout(FOR_EVER_MS, work);

interface Rejectable {
  catch?: (onRejected: (error: unknown) => void) => unknown;
}

/**
 * A connection that is given up once a statement on it has taken longer than `query_timeout`, and whose end waits for nobody.
 *
 * Trap: pg itself only rejects the statement and leaves the connection in its pool, where all that come behind it wait for an
 * answer that a cut line never brings.
 */
export class QueryTimeoutClient extends pg.Client {
  // The overloads of pg, as one: what is given is passed on.
  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whichever overload it was
  override query(...args: unknown[]): any {
    const answer = Reflect.apply(super.query.bind(this) as (...args: unknown[]) => unknown, undefined, withTime(args));
    (answer as Rejectable | undefined)?.catch?.((error) => {
      // With a statement under way this cuts the connection; the pool takes no connection back that has ended.
      if ((error as Error).message === 'Query read timeout') void this.end();
    });
    return answer;
  }

  // eslint-disable-next-line @typescript-eslint/no-explicit-any -- whichever overload it was
  override end(...args: unknown[]): any {
    const cut = setTimeout(() => this.connection.stream.destroy(), FAREWELL_MS).unref();
    this.once('end', () => clearTimeout(cut));
    return Reflect.apply(super.end.bind(this) as (...args: unknown[]) => unknown, undefined, args);
  }
}

function withTime([text, values, ...rest]: unknown[]): unknown[] {
  const ms = patience.getStore();
  if (ms === undefined || typeof text !== 'string') return [text, values, ...rest];
  return [{ text, values, query_timeout: ms }, ...rest];
}
