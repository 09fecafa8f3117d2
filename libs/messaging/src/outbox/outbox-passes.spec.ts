import { describe, expect, it } from '@jest/globals';
import { Kafka } from 'kafkajs';
import { OutboxPasses } from './outbox-passes.js';
import type { RelayLease } from './relay-lease.js';
import { Wakeup } from './wakeup.js';

/** Private members of the class. */
interface OpenPasses {
  deleting: Promise<unknown>;
  remove(ids: readonly number[], lease: RelayLease): void;
}

const open = (): OpenPasses =>
  new OutboxPasses({
    kafka: new Kafka({ brokers: ['localhost:1'] }),
    pollMs: 1,
    wakeup: new Wakeup(),
    stopped: new AbortController().signal,
  }) as unknown as OpenPasses;
const leaseThat = (deletePublished: () => Promise<void>): RelayLease => ({ deletePublished }) as unknown as RelayLease;

describe('the deletion of published rows', () => {
  it('when pass after pass has deleted its rows / the relay keeps nothing of the former passes', async () => {
    const passes = open();
    const lease = leaseThat(() => Promise.resolve());
    for (const id of [1, 2, 3]) passes.remove([id], lease);
    expect(await passes.deleting).toBeUndefined();
  });

  it('when the deletion of an earlier pass has failed / whoever waits for the last one fails', async () => {
    const passes = open();
    passes.remove(
      [1],
      leaseThat(() => Promise.reject(new Error('lost'))),
    );
    passes.remove(
      [2],
      leaseThat(() => Promise.resolve()),
    );
    await expect(passes.deleting).rejects.toThrow('lost');
  });
});
