import { setImmediate as nextPass } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { Turns } from './turns.js';

describe('works in turns', () => {
  it('when more come than may run at once / the others wait, and run in the order in which they came', async () => {
    const turns = new Turns(2);
    const begun: number[] = [];
    let [running, most] = [0, 0];
    const work = (number: number) => async (): Promise<void> => {
      begun.push(number);
      most = Math.max(most, ++running);
      await nextPass();
      running--;
    };
    await Promise.all([1, 2, 3, 4, 5].map((number) => turns.run(work(number))));
    expect({ begun, most, running }).toEqual({ begun: [1, 2, 3, 4, 5], most: 2, running: 0 });
  });

  it('when a work fails / its caller gets the error, and the next one runs', async () => {
    const turns = new Turns(1);
    const failed = turns.run(() => Promise.reject(new Error('away')));
    const next = turns.run(() => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('away');
    expect(await next).toBe('done');
  });
});
