import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { Kafka } from 'kafkajs';
import type pg from 'pg';
import { PartitionProducer } from '../kafka/partition-producer.js';
import { LONGEST_SEND_MS } from './leader-send.js';
import { OutboxPasses } from './outbox-passes.js';
import { OutboxPublisher } from './outbox-publisher.js';
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
/** The time to look again by itself never comes. */
const NEVER_MS = 600_000;

/** Passes over an outbox in memory, with a broker that takes everything. */
class RunningPasses {
  /** When each read of the outbox was sent. */
  readonly reads: number[] = [];
  private readonly wakeup = new Wakeup();
  private readonly stopped = new AbortController();
  private readonly running: Promise<unknown>;

  /**
   * @param publish undefined: the broker takes everything; 'by its producer': the publisher is not replaced
   * @param given what is different about the lease
   */
  constructor(
    private waiting: { id: string; payload: string }[],
    publish?: OutboxPublisher['publish'] | 'by its producer',
    given: Partial<Pick<RelayLease, 'remainingMs' | 'renew' | 'deletePublished'>> = {},
  ) {
    Logger.overrideLogger(false);
    const takeAll: OutboxPublisher['publish'] = (rows) => {
      this.waiting = this.waiting.slice(rows.length);
      return Promise.resolve({ published: rows.map(({ id }) => id), failed: [], failure: undefined });
    };
    if (publish !== 'by its producer') jest.spyOn(OutboxPublisher.prototype, 'publish').mockImplementation(publish ?? takeAll);
    const kafka = new Kafka({ brokers: ['localhost:1'] });
    const passes = new OutboxPasses({ kafka, pollMs: NEVER_MS, wakeup: this.wakeup, stopped: this.stopped.signal });
    const lease = {
      remainingMs: NEVER_MS,
      deletePublished: () => Promise.resolve(),
      renew: () => Promise.resolve(true),
      ...given,
    };
    const session = { query: ({ name }: { name: string }) => this.answer(name) };
    this.running = passes.publishWhileHeld(session as unknown as pg.Client, lease as unknown as RelayLease, () =>
      Promise.resolve(false),
    );
  }

  commit(id: number): void {
    this.waiting.push({ id: String(id), payload: '{}' });
    this.wakeup.wake();
  }

  get isEmpty(): boolean {
    return this.waiting.length === 0;
  }

  async until(isSo: () => boolean): Promise<void> {
    while (!isSo()) await new Promise((resolve) => setTimeout(resolve, 1));
  }

  /** How the relay stopped publishing. */
  get end(): Promise<unknown> {
    return this.running;
  }

  async stop(): Promise<void> {
    this.stopped.abort();
    this.wakeup.wake();
    await this.running.catch(() => undefined);
  }

  private answer(name: string): Promise<{ rows: unknown[] }> {
    if (name === 'outbox-contents') return Promise.resolve({ rows: this.waiting.map((row) => ({ ...row, headers: {} })) });
    if (!['outbox-next', 'outbox-some'].includes(name))
      return Promise.resolve({ rows: name === 'outbox-last-drawn' ? [{ id: '0' }] : [] });
    this.reads.push(performance.now());
    return Promise.resolve({
      rows: this.waiting.map(({ id, payload }) => ({ id, topic: 'a', key: 'k', bytes: payload.length })),
    });
  }
}

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

describe('the passes of a relay', () => {
  let passes: RunningPasses;
  afterEach(async () => {
    await passes.stop();
    jest.restoreAllMocks();
  });

  it('when a pass has published all rows that its read saw / the outbox is read again only after the next commit', async () => {
    passes = new RunningPasses([{ id: '1', payload: '{}' }]);
    await passes.until(() => passes.isEmpty);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(passes.reads).toHaveLength(1);
    passes.commit(2);
    await passes.until(() => passes.isEmpty);
    expect(passes.reads).toHaveLength(2);
  });

  it('when the rows of a pass are so large that its read can have left some out / the outbox is read again at once', async () => {
    passes = new RunningPasses([{ id: '1', payload: 'x'.repeat(1_000_000) }]);
    await passes.until(() => passes.reads.length === 2);
  });

  it('when events are committed one after the other / a pass begins some 3 ms after the one before', async () => {
    passes = new RunningPasses([]);
    await passes.until(() => passes.reads.length === 1);
    for (let id = 1; id <= 20; id++) {
      passes.commit(id);
      await passes.until(() => passes.isEmpty);
    }
    // A timer of three milliseconds can end a little early.
    expect(passes.reads).toHaveLength(21);
    expect(passes.reads.at(-1)! - passes.reads[0]!).toBeGreaterThan(20 * 2);
  });

  it('when published rows cannot be deleted / the passes end, and do not publish them again and again', async () => {
    const publish = jest.fn<OutboxPublisher['publish']>((rows) =>
      Promise.resolve({ published: rows.map(({ id }) => id), failed: [], failure: undefined }),
    );
    passes = new RunningPasses([{ id: '1', payload: '{}' }], publish, {
      deletePublished: () => Promise.reject(new Error('lost')),
    });
    const end = expect(passes.end).rejects.toThrow('lost');
    await passes.until(() => publish.mock.calls.length > 0);
    passes.commit(2);
    await end;
    expect(publish).toHaveBeenCalledTimes(1);
  });

  it('when the lease does not last for the longest time of a send / nothing is sent', async () => {
    const send = jest.fn<PartitionProducer['send']>(() => Promise.resolve([]));
    const leadersOf = jest.fn(() => Promise.resolve([1]));
    jest
      .spyOn(PartitionProducer, 'connect')
      .mockResolvedValue({ leadersOf, send, close: () => Promise.resolve() } as Partial<PartitionProducer> as PartitionProducer);
    passes = new RunningPasses([{ id: '1', payload: '{}' }], 'by its producer', { remainingMs: LONGEST_SEND_MS - 1 });
    await passes.until(() => leadersOf.mock.calls.length > 0);
    await passes.stop();
    expect(send).not.toHaveBeenCalled();
  });

  it('when another process has taken the lease / the passes end', async () => {
    passes = new RunningPasses([], undefined, { remainingMs: LONGEST_SEND_MS - 1, renew: () => Promise.resolve(false) });
    expect(await passes.end).toBe('lease lost');
    expect(passes.reads).toEqual([]);
  });

  it('when a topic that was missing is known again and its partition takes nothing / it is tried at growing intervals', async () => {
    let tries = 0;
    passes = new RunningPasses([{ id: '1', payload: '{}' }], (rows) => {
      const partition = tries++ === 0 ? null : 0;
      const failed = rows.length > 0 ? [{ topic: 'a', partition, error: new Error('refused'), rows }] : [];
      return Promise.resolve({ published: [], failed, failure: undefined });
    });
    await new Promise((resolve) => setTimeout(resolve, 1_500));
    expect(tries).toBeGreaterThan(1);
    expect(tries).toBeLessThan(10);
  });
});

it('when a relay gets the lease again, perhaps of a restored database / its passes begin at the lowest id', async () => {
  const passes = new OutboxPasses({
    kafka: new Kafka({ brokers: ['localhost:1'] }),
    pollMs: 1,
    wakeup: new Wakeup(),
    stopped: new AbortController().signal,
  });
  /** Leads until the floor has risen. @returns the ids that the reads were above */
  const lead = async (): Promise<number[]> => {
    const above: number[] = [];
    const query = ({ name, values }: { name: string; values?: number[] }) => {
      if (name === 'outbox-next') above.push(values![0]!);
      return Promise.resolve({ rows: name === 'outbox-last-drawn' ? [{ id: '9' }] : [] });
    };
    const lease = { remainingMs: LONGEST_SEND_MS - 1, renew: () => Promise.resolve(above.at(-1) !== 9) };
    await passes.publishWhileHeld({ query } as unknown as pg.Client, lease as unknown as RelayLease, () =>
      Promise.resolve(false),
    );
    return above;
  };
  for (let leads = 0; leads < 2; leads++) expect(await lead()).toMatchObject({ 0: 0 });
});
