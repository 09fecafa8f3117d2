import { setTimeout as sleep } from 'node:timers/promises';
import { preloadOf } from '../seams/preload-of.js';
import type { Replica } from '../system/system.js';
import { UNUSED_CONTACT_IDS } from '../check/collect-evidence.js';
import type { Fault, FaultContext } from './fault.js';
import { produce } from './raw-records.js';

const AT_MOST_MS = 15_000;
const FROZEN_SECONDS = 20;
const LONGEST_SHUTDOWN_MS = 10_000;

/** Starts a replica with a kill point, waits until it has killed itself, and starts it again without one. */
async function dieAt(
  { note }: FaultContext,
  { app }: Replica,
  { kill, after }: { kill: string; after: number },
  once: () => Promise<void> = () => Promise.resolve(),
): Promise<void> {
  await app.kill();
  await app.start({ preloads: [preloadOf({ kill, after: String(after) })], mayEnd: true });
  // The process may reach the kill point before it is ready.
  await app.untilReady().catch(() => undefined);
  await until(async () => !app.isRunning || (await app.health()) === 'ok');
  await once();
  if (!(await app.exited(AT_MOST_MS))) {
    note(`${kill} was not reached`);
    await app.kill();
  }
  await app.start();
  await app.untilReady();
}

async function until(holds: () => Promise<boolean>): Promise<void> {
  for (const deadline = Date.now() + AT_MOST_MS; Date.now() < deadline && !(await holds());) await sleep(100);
}

const killGateway: Fault = {
  number: 1,
  name: 'kill -9 gateway at named points and at random',
  run: async (context) => {
    const { system, random, brief } = context;
    for (const kill of brief
      ? ['before-commit', 'after-commit']
      : ['before-flush', 'before-outbox', 'before-commit', 'after-commit'])
      await dieAt(context, random.pick(system.gateways), { kill, after: 5 + random.below(25) });
    for (let times = 0; times < (brief ? 0 : 2); times++) {
      await sleep(random.below(1_500));
      const { app } = random.pick(system.gateways);
      await app.kill();
      await app.start();
      await app.untilReady();
    }
  },
};

const killRelay: Fault = {
  number: 2,
  name: 'kill -9 relay after send, after delete, mid-batch',
  run: async (context) => {
    const { system, random, note } = context;
    const takeovers: number[] = [];
    for (const kill of ['after-send', 'after-delete', 'mid-batch']) {
      const leader = await system.untilLeader();
      const others = system.gateways.filter((replica) => replica !== leader);
      // It runs alone for a moment, so that it is the one that publishes.
      await Promise.all(system.gateways.map(({ app }) => app.kill()));
      await leader.app.start({
        preloads: [preloadOf({ kill, after: String(5 + random.below(20)) })],
        mayEnd: true,
      });
      await leader.app.untilReady().catch(() => undefined);
      await Promise.all(others.map(({ app }) => app.start()));
      if (!(await leader.app.exited(AT_MOST_MS))) {
        note(`${kill} was not reached`);
        await leader.app.kill();
      }
      const died = performance.now();
      if (others.length > 0) {
        await system.untilLeader();
        takeovers.push(performance.now() - died);
      }
      await system.startApps();
    }
    if (takeovers.length > 0) note(`taken over after ${takeovers.map((ms) => (ms / 1_000).toFixed(1)).join(', ')} s`);
  },
};

const killAuth: Fault = {
  number: 3,
  name: 'kill -9 auth before commit, after commit before offset, during a dead letter',
  run: async (context) => {
    const { system, random } = context;
    for (const kill of ['before-commit', 'after-commit'])
      await dieAt(context, random.pick(system.auths), { kill, after: random.below(2) });
    await dieAt(context, random.pick(system.auths), { kill: 'dead-letter', after: 0 }, () => poisonEach(context));
  },
};

/** Writes a record that is dead-lettered to each partition, for contacts that do not exist. */
async function poisonEach({ system }: FaultContext): Promise<void> {
  await produce(
    system,
    Array.from({ length: 24 }, (_, at) => ({ key: String(UNUSED_CONTACT_IDS + at), value: 'not JSON', headers: {} })),
  );
}

const freezeRelay: Fault = {
  number: 5,
  name: 'relay frozen (SIGSTOP) beyond its lease, stand-by takes over, SIGCONT',
  run: async ({ system, seconds, lasts, violate }) => {
    const { app } = await system.untilLeader();
    app.freeze();
    await lasts(Math.max(seconds, FROZEN_SECONDS));
    if (!(await system.leader())) violate({ invariant: 'I8', message: 'No stand-by took over from a frozen relay.' });
    app.thaw();
  },
};

const terminateEach: Fault = {
  number: 29,
  name: 'SIGTERM of each process under load',
  run: async ({ system, load, note, violate }) => {
    const times: string[] = [];
    for (const { app } of system.replicas) {
      const since = Date.now();
      const { ms, code, signal } = (await app.terminate())!;
      times.push((ms / 1_000).toFixed(1));
      // Nest ends by the received signal when everything is closed.
      const isOrderly = code === 0 || signal === 'SIGTERM';
      if (ms > LONGEST_SHUTDOWN_MS || !isOrderly)
        violate({ invariant: 'I8', message: `${app.name} ended after ${Math.round(ms)} ms with ${signal ?? code}.` });
      const reset = load.history.operations
        .flatMap(({ attempts }) => attempts)
        .filter(
          ({ gateway, at, status, reason }) =>
            gateway === app.name && at >= since - 2_000 && status === null && reason !== 'ECONNREFUSED',
        );
      if (reset.length > 0)
        violate({ invariant: 'I10', message: `${reset.length} requests to ${app.name} were cut off (${reset[0]!.reason}).` });
      await app.start();
      await app.untilReady();
    }
    note(`ended in ${times.join(', ')} s`);
  },
};

const killAll: Fault = {
  number: 30,
  touchesDatabase: true,
  name: 'everything killed -9 at once, started in any order',
  run: async ({ system, random }) => {
    const { postgres, brokers } = system.servers;
    await Promise.all([
      ...system.replicas.map(({ app }) => app.kill()),
      postgres.stop('SIGKILL'),
      ...brokers.map((broker) => broker.stop('SIGKILL')),
    ]);
    const starts = [
      () => postgres.start(),
      () => Promise.all(brokers.map((broker) => broker.start())),
      ...system.replicas.map(
        ({ app }) =>
          () =>
            app.start(),
      ),
    ];
    const order = starts.map((start) => ({ start, at: random.fraction() })).sort((a, b) => a.at - b.at);
    const started: Promise<unknown>[] = [];
    for (const { start } of order) {
      started.push(start());
      await sleep(random.below(1_500));
    }
    await Promise.all(started);
    await system.startApps();
  },
};

export const PROCESS_FAULTS: readonly Fault[] = [killGateway, killRelay, killAuth, freezeRelay, terminateEach, killAll];
