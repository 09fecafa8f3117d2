import { getHeapSpaceStatistics } from 'node:v8';

/** Rounds of allocation: enough that V8 collects its young generation several times, whatever its size here. */
const ROUNDS = 60_000;
/** How many objects are in use at a time. */
const IN_USE = 32;

const oldBytes = (): number => getHeapSpaceStatistics().find(({ space_name: name }) => name === 'old_space')!.space_used_size;

/**
 * Gives 60,000 objects of 4 KB to a holder, and takes each away again while some later ones are in use.
 * @returns the most bytes that were added to the old generation meanwhile: what is garbage among them only a full collection removes
 */
export async function oldBytesAfter(hold: (object: object) => () => void): Promise<number> {
  const release: (() => void)[] = [];
  let most = 0;
  const before = oldBytes();
  for (let round = 0; round < ROUNDS; round++) {
    release.push(hold(Array.from({ length: 100 }, (_, index) => ({ round, index }))));
    if (release.length > IN_USE) release.shift()!();
    await Promise.resolve();
    if (round % 1_000 === 0) most = Math.max(most, oldBytes() - before);
  }
  return most;
}
