import { beforeEach, describe, expect, it } from '@jest/globals';
import type pg from 'pg';
import { OutboxFloor } from './outbox-floor.js';

let floor: OutboxFloor;

beforeEach(() => {
  floor = new OutboxFloor();
});

describe('the floor of the outbox', () => {
  it('when an observation is answered before the read that was sent before it / stays below a row that this read did not see', async () => {
    const { promise: answer, resolve } = Promise.withResolvers<{ id: number }[]>();
    const rows = { 'outbox-last-drawn': [{ id: '7' }], 'outbox-writers': [] };
    const observed = { query: ({ name }: { name: keyof typeof rows }) => Promise.resolve({ rows: rows[name] }) };
    const reading = floor.read(observed as unknown as pg.Client, () => answer);
    await new Promise((end) => setImmediate(end));
    resolve([]);
    await reading;
    expect(floor.id).toBe(0);
  });

  it('when a transaction draws an id while an observation is made / stays below that id', async () => {
    let [id, writers] = ['7', [] as { writer: string }[]];
    const observed = {
      query: ({ name }: { name: string }) => {
        const rows = name === 'outbox-last-drawn' ? [{ id }] : writers;
        [id, writers] = ['8', [{ writer: '1/1' }]];
        return Promise.resolve({ rows });
      },
    };
    for (let reads = 0; reads < 2; reads++) {
      await floor.read(observed as unknown as pg.Client, () => Promise.resolve([]));
      await new Promise((end) => setImmediate(end));
    }
    expect(floor.id).toBeLessThan(8);
  });
});
