import { openCredential, OPENINGS_AT_ONCE, readOpeningKeys, readSealingKey, sealCredential } from '#app/credentials';
import type { SystemSecrets } from '#app/system';
import { PHC } from '../rebuild/login-records.js';
import { median } from '../statistics.js';

/** As many batches as the auth app opens beside each other: one of each partition. */
const BATCHES = 6;
const BATCH = 500;
const OPENINGS = BATCHES * BATCH;
const ROUNDS = 10;

/** CPU µs and elapsed µs of one opening alone, in a batch. */
export interface Opening {
  cpuMicros: number;
  elapsedMicros: number;
}

/** @returns what times openings of credentials in this process, in batches as the auth app opens them, and nothing else */
export async function openingsOf({ publicKeys, privateKeys }: SystemSecrets): Promise<() => Promise<Opening>> {
  const [sealing, keys] = [await readSealingKey(JSON.stringify(publicKeys)), await readOpeningKeys(JSON.stringify(privateKeys))];
  const sealed = await Promise.all(Array.from({ length: OPENINGS }, (_, id) => sealCredential(sealing, id, PHC)));
  const openBatch = async (first: number): Promise<void> => {
    for (let start = first; start < first + BATCH; start += OPENINGS_AT_ONCE) {
      const some = sealed.slice(start, start + OPENINGS_AT_ONCE);
      await Promise.all(some.map((credential, index) => openCredential(keys, start + index, credential)));
    }
  };
  const openAll = (): Promise<unknown> => Promise.all(Array.from({ length: BATCHES }, (_, batch) => openBatch(batch * BATCH)));
  return async () => {
    await openAll();
    const rounds: Opening[] = [];
    for (let round = 0; round < ROUNDS; round++) rounds.push(await timed(openAll));
    return {
      cpuMicros: median(rounds.map(({ cpuMicros }) => cpuMicros)),
      elapsedMicros: median(rounds.map(({ elapsedMicros }) => elapsedMicros)),
    };
  };
}

async function timed(openAll: () => Promise<unknown>): Promise<Opening> {
  const [before, began] = [process.cpuUsage(), performance.now()];
  await openAll();
  const { user, system } = process.cpuUsage(before);
  return { cpuMicros: (user + system) / OPENINGS, elapsedMicros: ((performance.now() - began) * 1_000) / OPENINGS };
}
