import { describe, expect, it } from '@jest/globals';
import { eventually } from './eventually.js';

describe('eventually', () => {
  it('when a try does not throw / returns its result', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      if (looks < 3) throw new Error('not yet');
      return `look ${looks}`;
    };
    await expect(eventually(look, { everyMs: 1 })).resolves.toBe('look 3');
  });

  it('when time is out / names the last failure, and keeps it as the cause', async () => {
    const seen = new Error('3 of 4 rows');
    const failure = eventually(() => Promise.reject(seen), { timeoutMs: 20, everyMs: 1 });
    await expect(failure).rejects.toThrow('Not within 20 ms. Last seen: 3 of 4 rows');
    await expect(failure).rejects.toHaveProperty('cause', seen);
  });

  it('when a try never settles / gives up once its time is out', async () => {
    await expect(eventually(() => new Promise(() => undefined), { timeoutMs: 30 })).rejects.toThrow('has not ended');
  });

  it('when time is out / does not try again', async () => {
    let looks = 0;
    const look = () => {
      looks += 1;
      throw new Error('never');
    };
    await expect(eventually(look, { timeoutMs: 20, everyMs: 5 })).rejects.toThrow();
    const then = looks;
    await new Promise((resolve) => setTimeout(resolve, 30));
    expect(looks).toBe(then);
  });
});
