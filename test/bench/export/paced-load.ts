import { setTimeout as sleep } from 'node:timers/promises';
import { SeededRandom } from '#app/system/testing';
import { Connection } from '../connection.js';
import { CONTACTS } from '../changes.js';
import { CONNECTIONS, SEED, type Round, type Target } from '../load.js';

/** Goes on from round to round, as that of a round without pauses. */
const random = new SeededRandom(SEED);
let serial = 0;

/**
 * Sends updates at a fixed rate for some seconds. The time of each counts from the moment at which it was due, so that an answer that comes
 * late makes the later ones late too.
 */
export async function runPaced(target: Target, { rate, seconds }: { rate: number; seconds: number }): Promise<Round> {
  const connections = await Promise.all(Array.from({ length: CONNECTIONS }, () => Connection.open(target.port)));
  const latenciesMs: number[] = [];
  const began = performance.now();
  let next = 0;
  const work = async (connection: Connection): Promise<void> => {
    for (let due = 0; (due = (next++ * 1_000) / rate) < seconds * 1_000;) {
      const early = began + due - performance.now();
      if (early > 1) await sleep(early);
      const id = 1 + random.below(target.contacts ?? CONTACTS);
      const body = JSON.stringify({ first_name: `Anna ${++serial}`, phone_1: `+44 30 ${String(serial).padStart(8, '0')}` });
      const answer = await connection.post(`${target.path}/${id}`, target.token, body);
      if (answer.status !== 200) throw new Error(`${target.name} answered ${answer.status}: ${answer.body}`);
      latenciesMs.push(performance.now() - began - due);
    }
  };
  await Promise.all(connections.map(work));
  const elapsedSeconds = (performance.now() - began) / 1_000;
  for (const connection of connections) connection.close();
  return { updatesPerSecond: latenciesMs.length / elapsedSeconds, latenciesMs };
}
