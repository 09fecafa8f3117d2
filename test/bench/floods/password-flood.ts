import { setTimeout as sleep } from 'node:timers/promises';
import { Connection, type Answer } from '../connection.js';

/** More than can run and wait, so that the queue is always full. */
const CONNECTIONS = 48;

/** Counts of a flood's requests. */
export interface FloodResult {
  hashed: number;
  refused: number;
}

/** A request that costs a hash. */
export interface FloodTarget {
  port: number;
  token: string;
  /** Returns path and body of the next request. */
  next: () => { path: string; body: object };
  /** Statuses of hashed requests; a 503 is not hashed, and is sent again after `Retry-After`. */
  hashedAs: readonly number[];
}

/** Floods an app with passwords during some work. */
export async function flooded<T>(target: FloodTarget, work: () => Promise<T>): Promise<{ result: T; flood: FloodResult }> {
  const flood = { hashed: 0, refused: 0 };
  const end = new AbortController();
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(target.port)));
  const senders = connections.map((connection) => sendUntil(end.signal, connection, target, flood));
  try {
    return { result: await work(), flood };
  } finally {
    end.abort();
    await Promise.all(senders);
    for (const connection of connections) connection.close();
  }
}

async function sendUntil(end: AbortSignal, connection: Connection, target: FloodTarget, flood: FloodResult): Promise<void> {
  while (!end.aborted) {
    const { path, body } = target.next();
    const answer = await connection.post(path, target.token, JSON.stringify(body));
    if (target.hashedAs.includes(answer.status)) flood.hashed++;
    else if (answer.status === 503) flood.refused += 1;
    else throw new Error(`A flood was answered ${answer.status}: ${answer.body}`);
    if (answer.status === 503) await sleep(retryAfterMs(answer), undefined, { signal: end }).catch(() => undefined);
  }
}

const retryAfterMs = ({ head }: Answer): number => Number(/\r\nretry-after: *(\d+)/i.exec(head)?.[1] ?? 1) * 1_000;
