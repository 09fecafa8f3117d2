import { setTimeout as delay } from 'node:timers/promises';
import { backOffMs } from '#app/timing';
import type { EventRequest } from './cloud-event-request.js';

const BACK_OFF = { firstMs: 1_000, longestMs: 60_000 };
const LONGEST_RETRY_AFTER_MS = 3_600_000;

/** The result of one request. */
export interface Attempt {
  number: number;
  /** Null if there was no answer. */
  status: number | null;
  ms: number;
  /** Why there was no answer. */
  reason?: string;
  /** Pause until the next attempt; undefined if there is none. */
  againMs?: number;
}

export interface Delivery {
  url: string;
  timeoutMs: number;
  /** Most attempts; undefined for any number. */
  attempts: number | undefined;
  /** The request of an attempt that is made now. */
  request: () => EventRequest;
  signal: AbortSignal;
  onAttempt: (attempt: Attempt) => void;
  /** Runs a request when there is a place for it. */
  inTurn: <T>(work: () => Promise<T>) => Promise<T>;
}

/** Sends a request until it is answered with 2xx. @returns false if it was given up, or was interrupted */
export async function deliver(delivery: Delivery): Promise<boolean> {
  const { attempts = Infinity, signal, onAttempt, inTurn } = delivery;
  for (let number = 1; !signal.aborted; number++) {
    const { retryAfterMs, ...answer } = await inTurn(() => attempt(delivery));
    if (signal.aborted) return false;
    const isDone = answer.status !== null && answer.status >= 200 && answer.status < 300;
    const againMs = Math.max(backOffMs(number, BACK_OFF), retryAfterMs);
    const isLast = isDone || number >= attempts;
    onAttempt({ number, ...answer, ...(!isLast && { againMs }) });
    if (isLast) return isDone;
    await delay(againMs, undefined, { signal }).catch(() => undefined);
  }
  return false;
}

type Answer = Pick<Attempt, 'status' | 'ms' | 'reason'> & { retryAfterMs: number };

async function attempt({ url, timeoutMs, request, signal }: Delivery): Promise<Answer> {
  const began = performance.now();
  const passed = (): number => Math.round(performance.now() - began);
  const { headers, body } = request();
  const stop = AbortSignal.any([signal, AbortSignal.timeout(timeoutMs)]);
  try {
    const response = await fetch(url, { method: 'POST', headers, body, redirect: 'manual', signal: stop });
    // The connection is free again once the answer is read.
    await response.body?.cancel();
    return { status: response.status, ms: passed(), retryAfterMs: retryAfterOf(response.headers.get('retry-after')) };
  } catch (error) {
    return { status: null, ms: passed(), reason: reasonOf(error), retryAfterMs: 0 };
  }
}

/** Seconds or a date. */
function retryAfterOf(value: string | null): number {
  if (value === null) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

function reasonOf(error: unknown): string {
  const { name, cause, message } = error as Error;
  if (name === 'TimeoutError') return 'no answer in time';
  return (cause as { code?: string } | undefined)?.code ?? message;
}
