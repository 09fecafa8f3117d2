import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { cpuEach, cpuTimes, type CpuTimes } from '../cpu.js';
import { CONNECTIONS, runRound, WARM_UP, type Target } from '../load.js';
import { seedGateway, untilPublished } from '../seed.js';
import type { Bench } from '../system.js';
import { percentile } from '../statistics.js';

const LOOK_MS = 10;
const WAITS = `select count(*)::int as waits from pg_stat_activity
  where wait_event_type = 'Lock' and wait_event <> 'advisory' and datname = current_database()`;

/** A round of one gateway, or of two with half of the connections each. */
export interface ReplicaRound {
  updatesPerSecond: number;
  p99Ms: number;
  /** CPU µs an update of each part until the events are published. */
  cpu: CpuTimes | undefined;
  /** Share of looks at which some session waited for a lock of another one. */
  lockWaits: number;
}

/** Rounds of one gateway and of two, and how many events each of the two has published in all. */
export interface Replicas {
  one: ReplicaRound[];
  two: ReplicaRound[];
  published: number[];
}

/** Rounds by turns: one gateway with all connections, and two with half of them each. */
export async function measureReplicas(options: { rounds: number; seconds: number }, bench: Bench): Promise<Replicas> {
  const { say, apiToken: token, gatewayPort, gatewayDatabaseUrl } = bench;
  await seedGateway(gatewayDatabaseUrl);
  await bench.flushTables();
  const ports = [gatewayPort, await bench.startReplica()];
  const [first, second] = ports.map((port): Target => ({ name: `Port ${port}`, port, path: '/external/api/v1/contacts', token }));
  const sql = new pg.Client({ connectionString: gatewayDatabaseUrl });
  await sql.connect();
  try {
    const measured: Replicas = { one: [], two: [], published: [] };
    say(`Warming up, ${WARM_UP.rounds} rounds of ${WARM_UP.seconds} s each …`);
    for (let round = 0; round < WARM_UP.rounds; round++)
      for (const target of [first!, second!]) await measureRound([target], WARM_UP.seconds, { bench, sql });
    for (let number = 1; number <= options.rounds; number++) {
      measured.one.push(await measureRound([first!], options.seconds, { bench, sql }));
      measured.two.push(await measureRound([first!, second!], options.seconds, { bench, sql }));
      const rates = [measured.one, measured.two].map((rounds) => rounds.at(-1)!.updatesPerSecond.toFixed(0));
      say(`Round ${number} of ${options.rounds}: one gateway ${rates[0]}, two ${rates[1]} updates/s`);
    }
    measured.published = await Promise.all(ports.map(publishedBy));
    return measured;
  } finally {
    await sql.end();
  }
}

async function publishedBy(port: number): Promise<number> {
  const metrics = await (await fetch(`http://127.0.0.1:${port}/metrics`)).text();
  return Number(/relay_published_events_total(?:\{[^}]*\})? (\d+)/.exec(metrics)![1]);
}

async function measureRound(
  targets: readonly Target[],
  seconds: number,
  { bench, sql }: { bench: Bench; sql: pg.Client },
): Promise<ReplicaRound> {
  const before = cpuTimes();
  const watch = new LockWatch(sql);
  const rounds = await Promise.all(targets.map((target) => runRound(target, seconds, CONNECTIONS / targets.length)));
  const lockWaits = await watch.stop();
  await untilPublished(bench.gatewayDatabaseUrl);
  const latencies = rounds.flatMap(({ latenciesMs }) => latenciesMs);
  return {
    updatesPerSecond: rounds.reduce((sum, { updatesPerSecond }) => sum + updatesPerSecond, 0),
    p99Ms: percentile(latencies, 0.99),
    cpu: cpuEach(before, latencies.length),
    lockWaits,
  };
}

/** Looks again and again whether a session waits for a lock. */
class LockWatch {
  private looks = 0;
  private waits = 0;
  private isOver = false;
  private readonly done: Promise<void>;

  constructor(private readonly sql: pg.Client) {
    this.done = this.run();
  }

  async stop(): Promise<number> {
    this.isOver = true;
    await this.done;
    return this.looks === 0 ? 0 : this.waits / this.looks;
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const { rows } = await this.sql.query<{ waits: number }>({ name: 'waits', text: WAITS });
      this.looks++;
      if (rows[0]!.waits > 0) this.waits++;
      await sleep(LOOK_MS);
    }
  }
}
