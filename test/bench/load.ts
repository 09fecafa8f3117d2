import { SeededRandom } from '#app/system/testing';
import { CHANGES, type Change } from './changes.js';
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
}

/** Figures of a round of load. */
export interface Round {
  updatesPerSecond: number;
  latenciesMs: number[];
}

interface Load {
  target: Target;
  random: SeededRandom;
  latenciesMs: number[];
}

export const CONNECTIONS = 32;
/** Each round updates the same random contacts, so that all rounds can be compared. */
export const SEED = 1;

let serial = 0;

/** Updates random contacts for some seconds on all connections; each connection waits for its answer before the next update. */
export async function runRound(target: Target, seconds: number, connectionCount = CONNECTIONS): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: connectionCount }, () => Connection.open(target.port)));
  const latenciesMs: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  const load = { target, random: new SeededRandom(SEED), latenciesMs };
  await Promise.all(connections.map((connection) => updateUntil(end, connection, load)));
  const elapsedSeconds = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  return { updatesPerSecond: latenciesMs.length / elapsedSeconds, latenciesMs };
}

async function updateUntil(end: number, connection: Connection, { target, random, latenciesMs }: Load): Promise<void> {
  const { contactId, body, headers } = target.change ?? CHANGES['names']!;
  for (let now = performance.now(); now < end;) {
    serial++;
    const path = `${target.path}/${contactId(random)}`;
    const answer = await connection.post(path, target.token, JSON.stringify(body(serial)), headers?.(serial));
    if (answer.status !== 200) throw new Error(`${target.name} answered ${answer.status}: ${answer.body}`);
    const answered = performance.now();
    latenciesMs.push(answered - now);
    now = answered;
  }
}

/** The next update of a name and a phone. */
export const nextBody = (): string => JSON.stringify(CHANGES['names']!.body(++serial));
