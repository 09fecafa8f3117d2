import { describe, expect, it } from '@jest/globals';
import { mergeByKey } from './merge.js';

async function* stream(...contactIds: number[]) {
  await Promise.resolve();
  for (const contactId of contactIds) yield { contactId };
}

describe('when streams are merged by key', () => {
  it('and keys are in some of them / gives each key once, in order, with the entry of each stream', async () => {
    const rows = [];
    for await (const row of mergeByKey(stream(1, 2, 5), stream(), stream(2, 3, 5, 9)))
      rows.push(row.map((one) => one?.contactId));
    expect(rows).toEqual([
      [1, undefined, undefined],
      [2, undefined, 2],
      [undefined, undefined, 3],
      [5, undefined, 5],
      [undefined, undefined, 9],
    ]);
  });
});
