import { describe, expect, it } from '@jest/globals';
import type { Outcome } from '../../writes/writes.js';
import { UpdateGroups } from './update-groups.js';

/** Runs of a group wait until they are let go, so that a test decides what flies while what waits. */
class Runway {
  readonly flights: { jobs: string[]; land: (outcomes?: Outcome<string>[]) => void; crash: (error: Error) => void }[] = [];
  readonly groups = new UpdateGroups<string, string>(
    (jobs) =>
      new Promise((resolve, reject) => {
        const landed = jobs.map((job) => ({ result: job.toUpperCase() }));
        this.flights.push({ jobs, land: (outcomes = landed) => resolve(outcomes), crash: reject });
      }),
  );
  readonly turn = () => new Promise((resolve) => setImmediate(resolve));
}

describe('UpdateGroups', () => {
  it('lets what comes while two groups fly share the next one', async () => {
    const runway = new Runway();
    const results = [runway.groups.submit(1, 'a')];
    await runway.turn();
    results.push(runway.groups.submit(2, 'b'));
    await runway.turn();
    results.push(runway.groups.submit(3, 'c'), runway.groups.submit(4, 'd'));
    await runway.turn();
    expect(runway.flights.map(({ jobs }) => jobs)).toEqual([['a'], ['b']]);
    runway.flights[0]!.land();
    await results[0];
    await runway.turn();
    expect(runway.flights[2]!.jobs).toEqual(['c', 'd']);
    runway.flights[1]!.land();
    runway.flights[2]!.land();
    await expect(Promise.all(results)).resolves.toEqual(['A', 'B', 'C', 'D']);
  });

  it('keeps a contact out of a second flight while it is in one', async () => {
    const runway = new Runway();
    const first = runway.groups.submit(1, 'first');
    await runway.turn();
    const others = [runway.groups.submit(1, 'second'), runway.groups.submit(2, 'other'), runway.groups.submit(1, 'third')];
    await runway.turn();
    expect(runway.flights.map(({ jobs }) => jobs)).toEqual([['first'], ['other']]);
    runway.flights[0]!.land();
    await first;
    await runway.turn();
    expect(runway.flights[2]!.jobs).toEqual(['second', 'third']);
    for (const flight of runway.flights.slice(1)) flight.land();
    await Promise.all(others);
  });

  it('answers each job with its own outcome', async () => {
    const runway = new Runway();
    const good = runway.groups.submit(1, 'a');
    const bad = runway.groups.submit(2, 'b');
    await runway.turn();
    runway.flights[0]!.land([{ result: 'A' }, { error: new Error('refused') }]);
    await expect(bad).rejects.toThrow('refused');
    await expect(good).resolves.toBe('A');
  });

  it('decides each job alone where a group fails whole', async () => {
    const runway = new Runway();
    const good = runway.groups.submit(1, 'a');
    const bad = runway.groups.submit(2, 'b');
    bad.catch(() => undefined);
    await runway.turn();
    runway.flights[0]!.crash(new Error('deadlock'));
    await runway.turn();
    expect(runway.flights[1]!.jobs).toEqual(['a']);
    runway.flights[1]!.land();
    await expect(good).resolves.toBe('A');
    await runway.turn();
    runway.flights[2]!.crash(new Error('taken'));
    await expect(bad).rejects.toThrow('taken');
  });

  it('runs nothing again where the database went away: whether the commit was made is not known', async () => {
    const runway = new Runway();
    const jobs = [runway.groups.submit(1, 'a'), runway.groups.submit(2, 'b')];
    for (const job of jobs) job.catch(() => undefined);
    await runway.turn();
    runway.flights[0]!.crash(new Error('Connection terminated unexpectedly'));
    for (const job of jobs) await expect(job).rejects.toThrow('Connection terminated');
    await runway.turn();
    expect(runway.flights).toHaveLength(1);
  });
});
