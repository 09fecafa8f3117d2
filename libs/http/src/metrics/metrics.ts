import { Injectable } from '@nestjs/common';
import type { PoolState } from '#app/postgres';
import { VERSION } from '#app/settings';
import { shareRuns } from '#app/timing';
import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { DatabaseHealth } from '../health/database-health.js';
import type { Tally } from './tally.js';

/** Prefix of this project's metric names. */
const PREFIX = 'contact_sync_';
const SECONDS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 5];

/** One ended request. */
interface Ended {
  method: string;
  /** The route's pattern, not its path, since there are as many paths as contacts. */
  route: string | undefined;
  status: number;
  ms: number;
}

/** A value that is read at each scrape; NaN where it is unknown. */
interface Measure {
  name: string;
  help: string;
  read: () => number | Promise<number>;
}

/** Values that differ by labels. */
interface LabelledMeasure {
  /** The full name, without this project's prefix: a standard name. */
  name: string;
  help: string;
  labels: readonly string[];
  /** Empty where the values are unknown. */
  read: () => Promise<readonly { labels: Record<string, string | number>; value: number }[]>;
}

/** A tally, and how it is shown. */
interface TallyMetric<Name extends string> {
  name: `${string}_total`;
  help: string;
  /** Name of the label that tells the counts apart. */
  label: string;
  tally: Tally<Name>;
}

/** Gauges of prom-client whose names look like counters; `nodejs_active_resources` has the same values by kind. */
const MISNAMED = ['nodejs_active_handles_total', 'nodejs_active_requests_total', 'nodejs_active_resources_total'];

/** The metrics of a process: its runtime, its requests, and what its app adds. */
@Injectable()
export class Metrics {
  private readonly registry = new Registry();
  private readonly requests = new Histogram({
    name: `${PREFIX}http_request_duration_seconds`,
    help: 'Requests by route and status; 499: the connection was closed before the answer',
    labelNames: ['method', 'route', 'status'],
    buckets: SECONDS,
    registers: [this.registry],
  });

  constructor() {
    collectDefaultMetrics({ register: this.registry });
    for (const name of MISNAMED) this.registry.removeSingleMetric(name);
    new Gauge({
      name: `${PREFIX}build_info`,
      help: 'The release of the process',
      labelNames: ['version'],
      registers: [this.registry],
    })
      .labels(VERSION)
      .set(1);
  }

  ended({ method, route = 'none', status, ms }: Ended): void {
    this.requests.observe({ method, route, status }, ms / 1_000);
  }

  add({ name, help, read }: Measure): void {
    const collect = async function (this: Gauge): Promise<void> {
      this.set(await Promise.resolve(read()).catch(() => Number.NaN));
    };
    new Gauge({ name: `${PREFIX}${name}`, help, registers: [this.registry], collect });
  }

  /** A number that only grows while the process lives; its name ends in `_total`. */
  addCounter({ name, help, read }: { name: `${string}_total`; help: string; read: () => number }): void {
    const collect = function (this: Counter): void {
      this.reset();
      this.inc(read());
    };
    new Counter({ name: `${PREFIX}${name}`, help, registers: [this.registry], collect });
  }

  /** A counter for each name of a tally; the name ends in `_total`. */
  addTally<Name extends string>({ name, help, label, tally }: TallyMetric<Name>): void {
    const collect = function (this: Counter): void {
      this.reset();
      for (const [value, number] of tally.counts) this.inc({ [label]: value }, number);
    };
    new Counter({ name: `${PREFIX}${name}`, help, labelNames: [label], registers: [this.registry], collect });
  }

  addLabelled({ name, help, labels, read }: LabelledMeasure): void {
    const collect = async function (this: Gauge): Promise<void> {
      this.reset();
      for (const each of await read().catch(() => [])) this.set(each.labels, each.value);
    };
    new Gauge({ name, help, labelNames: [...labels], registers: [this.registry], collect });
  }

  /** @returns records a duration in seconds */
  addDurations({ name, help, buckets }: { name: string; help: string; buckets: number[] }): (seconds: number) => void {
    const histogram = new Histogram({ name, help, buckets, registers: [this.registry] });
    return (seconds) => histogram.observe(seconds);
  }

  /** A state out of several: the present one is 1, the others are 0. */
  addState<State extends string>(name: string, help: string, states: readonly State[], read: () => State): void {
    const collect = function (this: Gauge): void {
      for (const state of states) this.set({ state }, state === read() ? 1 : 0);
    };
    new Gauge({ name: `${PREFIX}${name}`, help, labelNames: ['state'], registers: [this.registry], collect });
  }

  /** Whether the process can write to its database, as readiness says. */
  addDatabase(health: Pick<DatabaseHealth, 'status'>): void {
    const read = async (): Promise<number> => Number((await health.status()) === 'ok');
    this.add({ name: 'database_ok', help: 'Whether the database answers and takes writes', read });
  }

  /** Metrics of the database connections. */
  addPool(read: () => Promise<PoolState>): void {
    const add = (name: keyof PoolState, help: string): void =>
      this.add({ name: `database_connections_${name}`, help, read: async () => (await read())[name] });
    add('open', 'Connections to the database');
    add('idle', 'Idle connections to the database');
    add('waiting', 'Those who wait for a connection to the database');
  }

  /** Metrics of the password hash queue. */
  addHashes(read: () => { running: number; waiting: number }): void {
    this.add({ name: 'hashes_running', help: 'Passwords that are being hashed', read: () => read().running });
    this.add({ name: 'hashes_waiting', help: 'Passwords that wait to be hashed', read: () => read().waiting });
  }

  /** Concurrent callers share one result. */
  readonly text = shareRuns(() => this.registry.metrics());
}
