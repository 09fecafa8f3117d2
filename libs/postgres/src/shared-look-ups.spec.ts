import { describe, expect, it } from '@jest/globals';
import { SharedLookUps } from './shared-look-ups.js';

interface Row {
  token_id: string;
  key: string;
}

/** Look-ups that run until the test ends them. */
class HeldLookUps {
  readonly begun: { keys: string[]; end: (rows: Row[]) => void; fail: (error: Error) => void }[] = [];
  private readonly lookUps = new SharedLookUps<{ tokenId: string; key: string }, Row>(
    (keys) =>
      new Promise((resolve, reject) => {
        this.begun.push({ keys: keys.map(({ tokenId, key }) => `${tokenId} ${key}`), end: resolve, fail: reject });
      }),
    (row, { tokenId, key }) => row.token_id === tokenId && row.key === key,
  );
  find = (tokenId: string, key: string) => this.lookUps.find({ tokenId, key });
  readonly turn = () => new Promise((resolve) => setImmediate(resolve));
}

describe('SharedLookUps', () => {
  it('when keys are looked up in one turn / they share a look-up, and each gets the rows of its token and key', async () => {
    const { find, begun, turn } = new HeldLookUps();
    const found = Promise.all([find('1', 'a'), find('2', 'a'), find('1', 'b')]);
    await turn();
    expect(begun.map(({ keys }) => keys)).toEqual([['1 a', '2 a', '1 b']]);
    const rows = [
      { token_id: '1', key: 'a' },
      { token_id: '2', key: 'a' },
    ];
    begun[0]!.end(rows);
    expect(await found).toEqual([[rows[0]], [rows[1]], []]);
  });

  it('when two look-ups run / later keys wait together until one of them ends', async () => {
    const { find, begun, turn } = new HeldLookUps();
    const first = find('1', 'a');
    await turn();
    const silent = find('1', 'b');
    await turn();
    const later = [find('1', 'c'), find('1', 'd')];
    await turn();
    expect(begun).toHaveLength(2);
    begun[0]!.end([]);
    expect(await first).toEqual([]);
    await turn();
    expect(begun[2]!.keys).toEqual(['1 c', '1 d']);
    begun[2]!.end([]);
    expect(await Promise.all(later)).toEqual([[], []]);
    begun[1]!.end([]);
    await silent;
  });

  it('when a look-up fails / its keys alone fail, and later ones are looked up', async () => {
    const { find, begun, turn } = new HeldLookUps();
    const failing = find('1', 'a');
    await turn();
    begun[0]!.fail(new Error('The database is away.'));
    await expect(failing).rejects.toThrow('The database is away.');
    const next = find('1', 'b');
    await turn();
    begun[1]!.end([]);
    expect(await next).toEqual([]);
  });
});
