import { setImmediate as turn } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { KeyedDeliveries } from './keyed-deliveries.js';

const limits = { atOnce: 2, waiting: 4 };

describe('deliveries by key', () => {
  it('when a key fails and is tried again / the others go on, and its own come after it in order', async () => {
    const deliveries = new KeyedDeliveries(limits);
    const failing = Promise.withResolvers<boolean>();
    const done: string[] = [];
    const work = (name: string, until: Promise<boolean> | boolean) => async () => {
      const isDone = await until;
      done.push(name);
      return isDone;
    };
    await deliveries.add('a', work('a1', failing.promise));
    await deliveries.add('a', work('a2', true));
    await deliveries.add('b', work('b1', true));
    await turn();
    expect(done).toEqual(['b1']);
    failing.resolve(true);
    await deliveries.idle();
    expect(done).toEqual(['b1', 'a1', 'a2']);
  });

  it('when a key is given up / its later works are not done', async () => {
    const deliveries = new KeyedDeliveries(limits);
    const done: string[] = [];
    await deliveries.add('a', () => Promise.resolve(false));
    await deliveries.add('a', () => Promise.resolve(done.push('a2') > 0));
    await deliveries.idle();
    expect([done, [...deliveries.givenUp]]).toEqual([[], ['a']]);
  });

  it('when too many works wait / the next one is taken later', async () => {
    const deliveries = new KeyedDeliveries(limits);
    const gate = Promise.withResolvers<boolean>();
    for (let key = 0; key < limits.waiting; key++) await deliveries.add(String(key), () => gate.promise);
    let isTaken = false;
    const next = deliveries.add('next', () => Promise.resolve(true)).then(() => (isTaken = true));
    await turn();
    expect(isTaken).toBe(false);
    gate.resolve(true);
    await next;
    await deliveries.idle();
  });

  it('when more requests are made than allowed at once / they wait for their turn', async () => {
    const deliveries = new KeyedDeliveries(limits);
    let [running, most] = [0, 0];
    const request = async (): Promise<void> => {
      most = Math.max(most, ++running);
      await turn();
      running--;
    };
    await Promise.all([1, 2, 3, 4, 5].map(() => deliveries.inTurn(request)));
    expect([most, running]).toEqual([2, 0]);
  });
});
