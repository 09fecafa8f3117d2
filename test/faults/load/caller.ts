import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { AppProcess } from '#app/system';
import { outcomeOf, type Attempt, type Operation, type Outcome, type ShownContact } from './history.js';
import type { SeededRandom } from '#app/system/testing';

const BASE = '/external/api/v1';
/** A request hangs if an awake process gives no answer in this time. */
const PATIENCE_MS = 10_000;
const REFUSED_PAUSE_MS = 200;
const RETRY_MS = { first: 100, longest: 1_000 } as const;

interface Answered {
  attempt: Attempt;
  body: { data?: ShownContact; code?: string } | undefined;
  loginVersion: number | undefined;
}

/** A gateway that requests are sent to. */
export interface Target {
  app: Pick<AppProcess, 'name' | 'url' | 'isReady' | 'isAwake'>;
}

/** Sends requests like a careful caller: repeats a request under its key until its outcome is known. */
export class Caller {
  constructor(
    private readonly gateways: readonly Target[],
    private readonly token: string,
    private readonly random: SeededRandom,
  ) {}

  /** @param stop ends the repetitions; an outcome that is unknown by then stays unknown */
  async send(operation: Operation, stop: AbortSignal): Promise<void> {
    for (let pauseMs: number = RETRY_MS.first; ; pauseMs = Math.min(pauseMs * 2, RETRY_MS.longest)) {
      const { attempt, body, loginVersion } = await this.attempt(operation);
      operation.attempts.push(attempt);
      operation.outcome = outcomeOf(operation.attempts);
      if (operation.outcome === 'ok') {
        operation.contact = body?.data;
        operation.loginVersion = loginVersion;
        operation.contactId ??= Number(body?.data?.id);
      }
      if (attempt.outcome !== 'info' || operation.key === undefined || stop.aborted) return;
      await sleep(pauseMs, undefined, { signal: stop }).catch(() => undefined);
    }
  }

  private async attempt({ method, path, body, key }: Operation): Promise<Answered> {
    const ready = this.gateways.filter(({ app }) => app.isReady);
    const { app } = this.random.pick(ready.length > 0 ? ready : this.gateways);
    const requestId = randomUUID();
    const attempt: Attempt = {
      requestId,
      gateway: app.name,
      at: Date.now(),
      ms: 0,
      status: null,
      outcome: 'info',
      retryAfter: null,
      replayed: false,
      hung: false,
    };
    const wasAwake = app.isAwake;
    const began = performance.now();
    try {
      const response = await fetch(`${app.url}${BASE}${path}`, {
        method,
        headers: {
          authorization: `Bearer ${this.token}`,
          'x-request-id': requestId,
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...(key === undefined ? {} : { 'idempotency-key': key }),
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        signal: AbortSignal.timeout(PATIENCE_MS),
      });
      const answer = (await response.json().catch(() => undefined)) as Answered['body'];
      const { status, headers } = response;
      const outcome = judge(status, answer);
      Object.assign(attempt, { status, outcome, retryAfter: headers.get('retry-after') });
      attempt.replayed = headers.get('idempotency-replayed') === 'true';
      if (answer?.code !== undefined) attempt.reason = answer.code;
      const loginVersion = headers.get('portal-login-version');
      return { attempt, body: answer, loginVersion: loginVersion === null ? undefined : Number(loginVersion) };
    } catch (error) {
      attempt.reason = reasonOf(error as Error);
      if (attempt.reason === 'ECONNREFUSED') {
        // The request reached no process. The next one would not either, so the caller pauses.
        attempt.outcome = 'fail';
        await sleep(REFUSED_PAUSE_MS);
      }
      attempt.hung = attempt.reason === 'TimeoutError' && wasAwake && app.isAwake;
      return { attempt, body: undefined, loginVersion: undefined };
    } finally {
      attempt.ms = performance.now() - began;
    }
  }
}

/** A 503 leaves open whether the change was made: the deadline can end during the commit. */
function judge(status: number, body: Answered['body']): Outcome {
  if (status < 300) return 'ok';
  // A request under this key is still being served.
  return status >= 500 || (status === 409 && body?.code === 'idempotency_key_in_use') ? 'info' : 'fail';
}

function reasonOf(error: Error): string {
  const cause = error.cause as { code?: unknown } | undefined;
  return typeof cause?.code === 'string' ? cause.code : error.name;
}
