import { describe, expect, it } from '@jest/globals';
import { Lanes } from './lanes.js';

/** Work that begins when it may, and ends when it is let go. */
class Work {
  begun = false;
  private release!: () => void;
  private readonly gate = new Promise<void>((resolve) => (this.release = resolve));
  readonly run = async (): Promise<void> => {
    this.begun = true;
    await this.gate;
  };
  async end(): Promise<void> {
    this.release();
    await settled();
  }
}
const settled = () => new Promise((resolve) => setImmediate(resolve));

describe('work on the same thing', () => {
  it('begins in the order in which it came, each when the one before has ended', async () => {
    const [lanes, a, b, c] = [new Lanes(), new Work(), new Work(), new Work()];
    for (const [keys, work] of [
      [[1], a],
      [[1, 2], b],
      [[2], c],
    ] as const)
      void lanes.run(keys, work.run);
    await settled();
    expect([a.begun, b.begun, c.begun]).toEqual([true, false, false]);
    await a.end();
    expect([b.begun, c.begun]).toEqual([true, false]);
    await b.end();
    expect(c.begun).toBe(true);
  });

  it('goes on after work that failed', async () => {
    const lanes = new Lanes();
    const failed = lanes.run([1], () => Promise.reject(new Error('no')));
    const next = lanes.run([1], () => Promise.resolve('done'));
    await expect(failed).rejects.toThrow('no');
    await expect(next).resolves.toBe('done');
  });
});

describe('work on other things', () => {
  it('goes beside it', async () => {
    const [lanes, a, b] = [new Lanes(), new Work(), new Work()];
    void lanes.run([1], a.run);
    void lanes.run([2], b.run);
    await settled();
    expect([a.begun, b.begun]).toEqual([true, true]);
  });
});
