import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { ListSlots } from './list-slots.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

/** Begins lists that last until the test ends them by name. */
function lists(slots: ListSlots) {
  const ends = new Map<string, () => void>();
  const begun: string[] = [];
  const begin = (name: string, familyId: string, isGone?: () => boolean) => {
    const work = () => {
      begun.push(name);
      return new Promise<void>((resolve) => ends.set(name, resolve));
    };
    return slots.run(familyId, work, isGone);
  };
  const end = async (name: string) => {
    ends.get(name)!();
    await jest.advanceTimersByTimeAsync(0);
  };
  return { begin, begun, end };
}

describe('when lists are read at once', () => {
  it('by one family / two run, and the others wait for their turn', async () => {
    const { begin, begun, end } = lists(new ListSlots({ perFamily: 2, perProcess: 4 }));
    for (const name of ['a', 'b', 'c', 'd']) void begin(name, 'one');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b']);
    await end('a');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it("by one family whose lists wait / another family's begin at once", async () => {
    const { begin, begun } = lists(new ListSlots({ perFamily: 2, perProcess: 4 }));
    for (const name of ['a', 'b', 'c']) void begin(name, 'one').catch(() => undefined);
    void begin('d', 'other');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b', 'd']);
  });

  it('and the wait takes too long / fails with 429 for the family, with 503 for the process', async () => {
    const { begin } = lists(new ListSlots({ perFamily: 2, perProcess: 2 }));
    void begin('a', 'one');
    void begin('b', 'one');
    const errors = Promise.allSettled([begin('c', 'one'), begin('d', 'other')]);
    await jest.advanceTimersByTimeAsync(2_000);
    expect((await errors).map((result) => ('reason' in result ? result.reason.code : ''))).toEqual([
      'too_many_lists',
      'lists_full',
    ]);
  });

  it('and one that waited too long has failed / it takes no place from a later one', async () => {
    const { begin, begun, end } = lists(new ListSlots({ perFamily: 1, perProcess: 1 }));
    void begin('a', 'one');
    void begin('late', 'one').catch(() => undefined);
    await jest.advanceTimersByTimeAsync(2_000);
    await end('a');
    void begin('b', 'one');
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a', 'b']);
  });

  it('and one that waited runs for long / those that wait behind it keep their turn', async () => {
    const { begin, begun, end } = lists(new ListSlots({ perFamily: 1, perProcess: 1 }));
    void begin('a', 'one');
    void begin('b', 'one');
    await jest.advanceTimersByTimeAsync(0);
    await end('a');
    await jest.advanceTimersByTimeAsync(1_000);
    void begin('c', 'one');
    await jest.advanceTimersByTimeAsync(1_000);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('and one fails by an error of its own / those that wait begin in their turn', async () => {
    const slots = new ListSlots({ perFamily: 1, perProcess: 1 });
    const failed = slots.run('one', () => Promise.reject(new Error('its own')));
    const next = slots.run('one', () => Promise.resolve('read'));
    await expect(failed).rejects.toThrow('its own');
    await expect(next).resolves.toBe('read');
  });

  it('and too many of another family wait / one of this family waits all the same', async () => {
    const { begin, begun, end } = lists(new ListSlots({ perFamily: 1, perProcess: 1 }));
    void begin('a', 'one');
    for (let count = 0; count < 16; count++) void begin(String(count), 'other').catch(() => undefined);
    void begin('b', 'one').catch(() => begun.push('b is refused'));
    await jest.advanceTimersByTimeAsync(0);
    expect(begun).toEqual(['a']);
    await end('a');
    expect(begun).toEqual(['a', '0']);
  });

  it('and one finds that the database is away / those that wait fail at once, with the same error', async () => {
    const slots = new ListSlots({ perFamily: 1, perProcess: 4 });
    const away = Object.assign(new Error('of the database'), { code: '57P01' });
    const errors = Promise.allSettled([slots.run('one', () => Promise.reject(away)), slots.run('one', () => Promise.resolve())]);
    await jest.advanceTimersByTimeAsync(0);
    expect(await errors).toEqual([
      { status: 'rejected', reason: away },
      { status: 'rejected', reason: away },
    ]);
  });

  it('and the callers of those that wait are gone / theirs never begin, and a further one waits in their place', async () => {
    const { begin, begun, end } = lists(new ListSlots({ perFamily: 1, perProcess: 1 }));
    let isGone = false;
    void begin('a', 'one');
    for (let count = 0; count < 16; count++) void begin(`gone ${count}`, 'one', () => isGone).catch(() => undefined);
    isGone = true;
    void begin('b', 'one').catch(() => begun.push('b is refused'));
    void begin('also gone', 'one', () => isGone).catch(() => undefined);
    void begin('c', 'one').catch(() => begun.push('c is refused'));
    await jest.advanceTimersByTimeAsync(0);
    await end('a');
    expect(begun).toEqual(['a', 'b']);
    await end('b');
    expect(begun).toEqual(['a', 'b', 'c']);
  });

  it('and too many of a family wait / the next one fails at once', async () => {
    const { begin } = lists(new ListSlots({ perFamily: 1, perProcess: 1 }));
    for (let count = 0; count < 17; count++) void begin(String(count), 'one').catch(() => undefined);
    await expect(begin('next', 'one')).rejects.toMatchObject({ code: 'too_many_lists' });
  });
});
