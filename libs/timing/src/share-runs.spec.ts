import { expect, it } from '@jest/globals';
import { shareRuns } from './share-runs.js';

it('when a run is under way / its callers share it, and the next caller begins another', async () => {
  let runs = 0;
  const read = shareRuns(() => Promise.resolve(++runs));
  expect(await Promise.all([read(), read(), read()])).toEqual([1, 1, 1]);
  expect(await read()).toBe(2);
});

it('when a run fails / its callers fail, and the next caller begins another', async () => {
  let runs = 0;
  const read = shareRuns(() => (++runs === 1 ? Promise.reject(new Error('away')) : Promise.resolve(runs)));
  await expect(Promise.all([read(), read()])).rejects.toThrow('away');
  expect(await read()).toBe(2);
});
