import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Deadline, TimedOut } from '../../wire/deadline.js';
import { WriteBatcher, type Outcome } from './write-batcher.js';

interface Job {
  contactId: number;
  name: string;
  deadline: Deadline;
}

/** Batches that run until the test ends them, so that the test decides what runs and what waits. */
class HeldBatches {
  readonly begun: {
    jobs: string[];
    commits: () => void;
    end: (outcomes?: Outcome<string>[]) => void;
    fail: (error: Error) => void;
  }[] = [];
  private readonly batcher = new WriteBatcher<Job, string>(
    (jobs, commits) =>
      new Promise((resolve, reject) => {
        const names = jobs.map(({ name }) => name);
        const done = names.map((name) => ({ result: name.toUpperCase() }));
        this.begun.push({ jobs: names, commits, end: (outcomes = done) => resolve(outcomes), fail: reject });
      }),
    ({ contactId }) => [contactId],
  );
  submit(contactId: number, name: string, deadline = new Deadline()): Promise<string> {
    return this.batcher.submit({ contactId, name, deadline }).then((it) => ('result' in it ? it.result : it.route));
  }
  readonly turn = () => new Promise((resolve) => setImmediate(resolve));

  /** Lets time go by until so many batches have begun. */
  async until(count: number): Promise<void> {
    for (; this.begun.length < count; await this.turn()) jest.advanceTimersByTime(1);
  }
}

// However busy the machine is, time goes by only where a test says so.
beforeEach(() => void jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick', 'queueMicrotask'] }));
afterEach(() => void jest.useRealTimers());

describe('WriteBatcher', () => {
  it('when a batch runs / jobs that arrive share the next one', async () => {
    const batches = new HeldBatches();
    const results = [batches.submit(1, 'a')];
    await batches.turn();
    results.push(batches.submit(2, 'b'), batches.submit(3, 'c'));
    await batches.turn();
    expect(batches.begun.map(({ jobs }) => jobs)).toEqual([['a']]);
    batches.begun[0]!.end();
    await results[0];
    await batches.turn();
    expect(batches.begun[1]!.jobs).toEqual(['b', 'c']);
    batches.begun[1]!.end();
    await expect(Promise.all(results)).resolves.toEqual(['A', 'B', 'C']);
  });

  it('when a batch waits for its commit / the next one begins as soon as it is as large', async () => {
    const batches = new HeldBatches();
    const results = [1, 2].map((contact) => batches.submit(contact, `${contact}`));
    await batches.turn();
    results.push(batches.submit(5, '5'));
    batches.begun[0]!.commits();
    await batches.turn();
    expect(batches.begun).toHaveLength(1);
    results.push(batches.submit(6, '6'));
    await batches.turn();
    expect(batches.begun.map(({ jobs }) => jobs)).toEqual([
      ['1', '2'],
      ['5', '6'],
    ]);
    for (const batch of batches.begun) batch.end();
    await Promise.all(results);
  });

  it('when a large batch was answered and one caller comes again / its update begins within milliseconds', async () => {
    const batches = new HeldBatches();
    const first = [1, 2, 3, 4, 5, 6].map((contact) => batches.submit(contact, `${contact}`));
    await batches.turn();
    batches.begun[0]!.end();
    await Promise.all(first);
    const alone = batches.submit(1, 'alone');
    await batches.until(2);
    batches.begun[1]!.end();
    await expect(alone).resolves.toBe('ALONE');
  });

  it('when many jobs wait while a batch runs / a second batch begins with half of them, without the contacts of the first', async () => {
    const batches = new HeldBatches();
    const first = batches.submit(1, 'first');
    await batches.turn();
    const second = batches.submit(1, 'second');
    const others = Array.from({ length: 40 }, (_, index) => batches.submit(2 + index, `other ${index}`));
    const third = batches.submit(1, 'third');
    await batches.turn();
    expect(batches.begun).toHaveLength(2);
    expect(batches.begun[1]!.jobs).toEqual(Array.from({ length: 21 }, (_, index) => `other ${index}`));
    for (const batch of [...batches.begun]) batch.end();
    await first;
    for (const until of [3, 4]) {
      await batches.until(until);
      batches.begun[until - 1]!.end();
    }
    await Promise.all(others);
    await expect(Promise.all([second, third])).resolves.toEqual(['SECOND', 'THIRD']);
    const order = batches.begun.flatMap(({ jobs }) => jobs).filter((name) => !name.startsWith('other'));
    expect(order).toEqual(['first', 'second', 'third']);
  });

  it('when a batch takes long / the next one begins before it ends', async () => {
    const batches = new HeldBatches();
    const waiting = batches.submit(1, 'waiting');
    await batches.turn();
    const next = batches.submit(2, 'next');
    await batches.until(2);
    batches.begun[1]!.end();
    await expect(next).resolves.toBe('NEXT');
    batches.begun[0]!.end();
    await expect(waiting).resolves.toBe('WAITING');
  });

  it('when one job of a batch is refused / the others are done', async () => {
    const batches = new HeldBatches();
    const good = batches.submit(1, 'a');
    const bad = batches.submit(2, 'b');
    await batches.turn();
    batches.begun[0]!.end([{ result: 'A' }, { error: new Error('refused') }]);
    await expect(bad).rejects.toThrow('refused');
    await expect(good).resolves.toBe('A');
  });

  it('when a batch fails as a whole / each of its jobs is run alone', async () => {
    const batches = new HeldBatches();
    const good = batches.submit(1, 'a');
    const bad = batches.submit(2, 'b');
    bad.catch(() => undefined);
    await batches.turn();
    batches.begun[0]!.fail(new Error('deadlock'));
    await batches.turn();
    expect(batches.begun[1]!.jobs).toEqual(['a']);
    batches.begun[1]!.end();
    await expect(good).resolves.toBe('A');
    await batches.turn();
    batches.begun[2]!.fail(new Error('taken'));
    await expect(bad).rejects.toThrow('taken');
  });

  it.each([
    ['Connection terminated unexpectedly', undefined],
    ['write EPROTO', 'EPROTO'],
    ['bad record', 'ERR_SSL_SSLV3_ALERT_BAD_RECORD_MAC'],
    ['statement completion unknown', '40003'],
  ])('when the connection broke (%s) / nothing runs again, since the commit can have been made', async (message, code) => {
    const batches = new HeldBatches();
    const jobs = [batches.submit(1, 'a'), batches.submit(2, 'b')];
    for (const job of jobs) job.catch(() => undefined);
    await batches.turn();
    batches.begun[0]!.fail(Object.assign(new Error(message), { code }));
    for (const job of jobs) await expect(job).rejects.toThrow(message);
    await batches.turn();
    expect(batches.begun).toHaveLength(1);
  });

  it('when a contact is locked by another transaction / its jobs come again in their order, and hold up no other contact', async () => {
    const batches = new HeldBatches();
    const locked = [batches.submit(1, 'first'), batches.submit(1, 'second')];
    const free = batches.submit(2, 'other');
    await batches.turn();
    batches.begun[0]!.end([{ route: 'later' }, { route: 'later' }, { result: 'OTHER' }]);
    await expect(free).resolves.toBe('OTHER');
    const behind = batches.submit(1, 'third');
    const next = batches.submit(2, 'next');
    await batches.turn();
    expect(batches.begun[1]!.jobs).toEqual(['next']);
    batches.begun[1]!.end();
    await next;
    await batches.until(3);
    expect(batches.begun[2]!.jobs).toEqual(['first', 'second', 'third']);
    batches.begun[2]!.end();
    await expect(Promise.all([...locked, behind])).resolves.toEqual(['FIRST', 'SECOND', 'THIRD']);
  });

  it('when a batch fails on a lock of another transaction / only the job that needs it is to be served alone', async () => {
    const batches = new HeldBatches();
    const jobs = [batches.submit(1, 'a'), batches.submit(2, 'b')];
    const locked = Object.assign(new Error('lock not available'), { code: '55P03' });
    await batches.turn();
    batches.begun[0]!.fail(locked);
    await batches.turn();
    batches.begun[1]!.fail(locked);
    await expect(jobs[0]).resolves.toBe('alone');
    await batches.turn();
    batches.begun[2]!.end();
    await expect(jobs[1]).resolves.toBe('B');
  });

  it('when a job is to be served alone / says so', async () => {
    const batches = new HeldBatches();
    const job = batches.submit(1, 'move');
    await batches.turn();
    batches.begun[0]!.end([{ route: 'alone' }]);
    await expect(job).resolves.toBe('alone');
  });

  it("when a job's deadline is over before its contact is free / it rejects with TimedOut and is in no batch", async () => {
    const batches = new HeldBatches();
    const first = batches.submit(1, 'first');
    await batches.turn();
    const late = batches.submit(1, 'late', new Deadline(0));
    batches.begun[0]!.end();
    await first;
    await expect(late).rejects.toThrow(TimedOut);
    expect(batches.begun).toHaveLength(1);
  });

  it("when a batch fails as a whole after a job's deadline / that job rejects with TimedOut and does not run alone", async () => {
    const batches = new HeldBatches();
    const deadline = new Deadline(50);
    deadline.pause();
    const jobs = [batches.submit(1, 'late', deadline), batches.submit(2, 'b')];
    jobs[0]!.catch(() => undefined);
    await batches.turn();
    deadline.resume();
    while (!deadline.isOver) jest.advanceTimersByTime(1);
    batches.begun[0]!.fail(new Error('deadlock'));
    await expect(jobs[0]).rejects.toThrow(TimedOut);
    await batches.turn();
    expect(batches.begun.map(({ jobs }) => jobs)).toEqual([['late', 'b'], ['b']]);
    batches.begun[1]!.end();
    await jobs[1];
  });
});
