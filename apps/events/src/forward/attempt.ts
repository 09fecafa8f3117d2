import { once } from 'node:events';
import http, { type IncomingMessage } from 'node:http';
import https from 'node:https';
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
  const late = AbortSignal.timeout(timeoutMs);
  try {
    const { statusCode, headers } = await post(url, request(), AbortSignal.any([signal, late]));
    return { status: statusCode!, ms: passed(), retryAfterMs: retryAfterOf(headers['retry-after']) };
  } catch (error) {
    return { status: null, ms: passed(), reason: late.aborted ? 'no answer in time' : reasonOf(error), retryAfterMs: 0 };
  }
}

/** Not by `fetch`, which has ports that it does not connect to, and a limit of time of its own. @returns the head of the answer */
async function post(url: string, { headers, body }: EventRequest, signal: AbortSignal): Promise<IncomingMessage> {
  const { request } = url.startsWith('https:') ? https : http;
  const answer = await new Promise<IncomingMessage>((resolve, reject) =>
    request(url, { method: 'POST', headers: { 'user-agent': 'contact-sync', ...headers }, signal })
      .on('response', resolve)
      .on('error', reject)
      // Another protocol than HTTP is none of its answers.
      .on('close', () => reject(new Error('closed without an answer')))
      .end(body),
  );
  // What it says is not read, except where it is here already: then the connection is free again.
  if (answer.complete) await once(answer.resume(), 'end');
  else answer.on('error', () => undefined).destroy();
  return answer;
}

/** Seconds or a date. */
function retryAfterOf(value: string | undefined): number {
  if (value === undefined) return 0;
  const ms = /^\d+$/.test(value) ? Number(value) * 1_000 : Date.parse(value) - Date.now();
  return Number.isNaN(ms) ? 0 : Math.min(Math.max(ms, 0), LONGEST_RETRY_AFTER_MS);
}

const reasonOf = (error: unknown): string => (error as NodeJS.ErrnoException).code ?? (error as Error).message;
