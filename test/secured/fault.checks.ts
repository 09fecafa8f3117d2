import { randomUUID } from 'node:crypto';
import { SeededRandom, TopicReader } from '#app/system/testing';
import { runEpisode, untilWell } from '../faults/episode.js';
import { FAULTS } from '../faults/faults/catalogue.js';
import type { Fault } from '../faults/faults/fault.js';
import { defectsOf } from '../faults/report.js';
import { must, type Check } from './check.js';
import type { SecuredSystem } from './secured-system.js';

/**
 * Of `npm run faults -- --list`: gateways, relay and auth apps killed, each process stopped, brokers killed again and again, a silent
 * database, and everything killed at once.
 */
const MAIN_PART = [1, 2, 3, 29, 8, 12, 30];
const LOAD = { clients: 4, pauseMs: 30 } as const;

const checkOf = (fault: Fault): Check => ({
  name: `fault ${fault.number}, ${fault.name} / no event is lost, doubled or out of order`,
  run: (secured) => caused(fault, secured),
});

async function caused(fault: Fault, { system, settings }: SecuredSystem): Promise<string> {
  must((await untilWell(system)) !== null, 'The system was not well before the fault.');
  const seed = Math.floor(Math.random() * 2 ** 31);
  const result = await runEpisode(fault, {
    system,
    reader: new TopicReader(system.cluster),
    random: new SeededRandom(seed).branch(`fault ${fault.number}`),
    seconds: settings.seconds,
    brief: true,
    canary: `Canary${randomUUID().replaceAll('-', '')}`,
    stage: (stage) => settings.say(`          fault ${fault.number}: ${stage}`),
    ...LOAD,
  });
  const defects = defectsOf(result);
  must(defects.length === 0, `seed ${seed}: ${defects.map(({ invariant, message }) => `${invariant} ${message}`).join('; ')}`);
  const { ok, fail, info } = result.requests;
  return `${ok} ok, ${fail} fail, ${info} unknown, ${result.events} events, recovered in ${((result.recoveryMs ?? 0) / 1_000).toFixed(1)} s`;
}

export const FAULT_CHECKS: readonly Check[] = MAIN_PART.map((number) =>
  checkOf(FAULTS.find((fault) => fault.number === number)!),
);
