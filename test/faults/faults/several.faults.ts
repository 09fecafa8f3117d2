import { setTimeout as sleep } from 'node:timers/promises';
import type { ProxyMode, TcpProxy } from '#app/system';
import type { SeededRandom } from '#app/system/testing';
import { proxyTo, type System } from '../system/system.js';
import type { Fault } from './fault.js';

const LASTS_SECONDS = 60;
/** A part is well for so long at most, and is not for so long at most, in milliseconds. */
const WELL_MS = 15_000;
const FAULTY_MS = 3_500;
/** What a connection does; `slow` passes bytes late. */
const MODES: readonly (ProxyMode | 'slow')[] = ['hold', 'mute', 'lose', 'refuse', 'slow'];
const SLOW_MS = 200;

/** One part of the system, which has one fault at a time. */
interface Part {
  name: string;
  /** @returns the repair */
  break: (random: SeededRandom) => Promise<() => unknown>;
}

const severalAtOnce = (number: number, brokers: 1 | 3): Fault => ({
  number,
  ...(brokers === 3 && { brokers }),
  touchesDatabase: true,
  name: `processes, connections and servers fail at random, several at once${brokers === 3 ? ', three brokers' : ''}`,
  run: async ({ system, random, seconds, note }) => {
    const until = performance.now() + 1_000 * Math.max(seconds, LASTS_SECONDS);
    const seen = { faults: 0, now: 0, most: 0 };
    await Promise.all(partsOf(system).map((part) => breakAgainAndAgain(part, random.branch(part.name), until, seen)));
    await system.startApps();
    note(`${seen.faults} faults, up to ${seen.most} at once`);
  },
});

async function breakAgainAndAgain(
  part: Part,
  random: SeededRandom,
  until: number,
  seen: { faults: number; now: number; most: number },
): Promise<void> {
  for (;;) {
    await sleep(random.below(WELL_MS));
    if (performance.now() > until) return;
    const repair = await part.break(random);
    seen.faults++;
    seen.most = Math.max(seen.most, ++seen.now);
    await sleep(random.below(FAULTY_MS));
    await repair();
    seen.now--;
  }
}

/** Processes, their connections to each server, and the servers. */
const partsOf = (system: System): Part[] => {
  const { postgres, brokers } = system.servers;
  return [
    ...system.replicas.flatMap((replica) => [
      {
        name: replica.app.name,
        break: async (random: SeededRandom) => {
          if (random.below(2) === 0) {
            replica.app.freeze();
            return () => replica.app.thaw();
          }
          await replica.app.kill();
          return () => replica.app.start();
        },
      },
      connection(`${replica.app.name} to its database`, replica.database),
      ...brokers.map((broker, at) => connection(`${replica.app.name} to broker ${at + 1}`, proxyTo(broker, replica))),
    ]),
    {
      name: 'PostgreSQL',
      break: async (random) => {
        await postgres.stop(random.pick(['SIGKILL', 'SIGQUIT', 'SIGINT']));
        return () => postgres.start();
      },
    },
    {
      name: 'a broker',
      break: async (random) => {
        const broker = random.pick(brokers);
        await broker.stop(random.pick(['SIGKILL', 'SIGTERM']));
        return () => broker.start();
      },
    },
  ];
};

const connection = (name: string, proxy: TcpProxy): Part => ({
  name,
  break: async (random) => {
    const mode = random.pick(MODES);
    if (mode === 'slow') proxy.slow(SLOW_MS);
    else await proxy.set(mode);
    return mode === 'slow' ? () => proxy.slow(0) : () => proxy.set('pass');
  },
});

export const SEVERAL_FAULTS: readonly Fault[] = [severalAtOnce(42, 1), severalAtOnce(43, 3)];
