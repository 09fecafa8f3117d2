import { SeededRandom } from '#app/system/testing';
import { CHANGES, CONTACTS, type Change } from './changes.js';
import { Connection } from './connection.js';

/** The app that gets the updates, and the token. */
export interface Target {
  name: string;
  port: number;
  /** Path of the contacts, without the id. */
  path: string;
  token: string;
  /** What its updates change. @default names and phones */
  change?: Change;
  /** How many contacts it has. @default 10,000 */
  contacts?: number;
}

/** Figures of a round of load. */
export interface Round {
  updatesPerSecond: number;
  latenciesMs: number[];
}

interface Load {
  target: Target;
  latenciesMs: number[];
}

export const CONNECTIONS = 32;
/**
 * V8 compiles an update's code for twenty seconds and longer. Rounds like the measured ones: at the end of the first round, when metrics are
 * read, it drops much of the HTTP server's compiled code, and compiles it once more in the next one.
 */
export const WARM_UP = { rounds: 4, seconds: 5 } as const;
export const SEED = 1;

/** Goes on from round to round: of a million contacts each round updates others, which no cache has. */
const random = new SeededRandom(SEED);
let serial = 0;

/** Updates random contacts for some seconds on all connections; each connection waits for its answer before the next update. */
export async function runRound(target: Target, seconds: number, connectionCount = CONNECTIONS): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: connectionCount }, () => Connection.open(target.port)));
  const latenciesMs: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(connections.map((connection) => updateUntil(end, connection, { target, latenciesMs })));
  const elapsedSeconds = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  return { updatesPerSecond: latenciesMs.length / elapsedSeconds, latenciesMs };
}

async function updateUntil(end: number, connection: Connection, { target, latenciesMs }: Load): Promise<void> {
  const { change: { contactId, body, headers } = CHANGES['names']!, contacts = CONTACTS } = target;
  for (let now = performance.now(); now < end;) {
    serial++;
    const path = `${target.path}/${contactId(random, contacts)}`;
    const answer = await connection.post(path, target.token, JSON.stringify(body(serial)), headers?.(serial));
    if (answer.status !== 200) throw new Error(`${target.name} answered ${answer.status}: ${answer.body}`);
    const answered = performance.now();
    latenciesMs.push(answered - now);
    now = answered;
  }
}

/** The next update of a name and a phone. */
export const nextBody = (): string => JSON.stringify(CHANGES['names']!.body(++serial));
