import { Random } from '#app/contracts/testing';
import { givenSeed } from './env.js';

const SEEDS = 2 ** 31;

/**
 * The seed of everything that a spec file draws: `TEST_SEED` where it is set, else a new one. It is printed with the file's name,
 * so that a failed run can be repeated.
 * @param file the spec's own, `import.meta.filename`
 */
export function testSeed(file: string): number {
  const seed = givenSeed() ?? Date.now() % SEEDS;
  process.stderr.write(`TEST_SEED=${seed} ${file}\n`);
  return seed;
}

/** Random numbers of a spec file, from its printed seed. */
export const seededRandom = (file: string): Random => new Random(testSeed(file));
