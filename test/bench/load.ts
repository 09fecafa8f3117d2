import { Connection } from './connection.js';

/** Where updates are sent, and as whom. */
export interface Target {
  name: string;
  port: number;
  /** Of the contacts, without the id. */
  path: string;
  token: string;
}

/** What a round of load came to. */
export interface Round {
  updatesPerSecond: number;
  latenciesMs: number[];
}

export const CONNECTIONS = 32;
export const CONTACTS = 10_000;

let serial = 0;

/** Updates contacts at random for some seconds, on all connections at once, each waiting for its answer before the next. */
export async function runRound(target: Target, seconds: number): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(target.port)));
  const latenciesMs: number[] = [];
  const began = performance.now();
  const end = began + seconds * 1_000;
  await Promise.all(connections.map((connection) => updateUntil(end, connection, target, latenciesMs)));
  const elapsedSeconds = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  return { updatesPerSecond: latenciesMs.length / elapsedSeconds, latenciesMs };
}

async function updateUntil(end: number, connection: Connection, target: Target, latenciesMs: number[]): Promise<void> {
  for (let now = performance.now(); now < end;) {
    const id = 1 + Math.floor(Math.random() * CONTACTS);
    const answer = await connection.post(`${target.path}/${id}`, target.token, nextBody());
    if (answer.status !== 200) throw new Error(`${target.name} answered ${answer.status}: ${answer.body}`);
    const answered = performance.now();
    latenciesMs.push(answered - now);
    now = answered;
  }
}

/** Each update changes two fields to values that nobody had before. */
function nextBody(): string {
  serial++;
  return JSON.stringify({ first_name: `Anna ${serial}`, phone_1: `+44 20 ${String(serial).padStart(8, '0')}` });
}
