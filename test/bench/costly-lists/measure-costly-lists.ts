import { setTimeout as sleep } from 'node:timers/promises';
import { Connection } from '../connection.js';
import { runPaced } from '../export/paced-load.js';
import { runRound, type Round, type Target } from '../load.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';

const BASE_PATH = '/external/api/v1';
const SEEDED_CONTACTS = 10_000;
const WARM_UP_SECONDS = 3;
/** Far below what the gateway can take: what is measured is the wait, not the most. */
const UPDATES_PER_SECOND = 50;
const READINESS_EVERY_MS = 200;
/** What `Retry-After` of a refused list asks for at least. */
const RETRY_AFTER_MS = 1_000;
const COSTLY =
  `${BASE_PATH}/contacts?tags[notcontains]=q&company.name[notcontains]=zz&email[notcontains]=zz&full_name[notcontains]=xx` +
  '&sort=company.name:desc,full_name:desc,email,phone:desc&per_page=100&page=2000';

export interface CostlyListsOptions {
  contacts: number;
  seconds: number;
  /** List requests at a time. */
  lists: number;
}

/** Answers by status. */
export type Statuses = Record<number, number>;

export interface CostlyListMeasurements extends CostlyListsOptions {
  alone: Round;
  beside: Round;
  /** One such list, nothing else running. */
  oneListMs: number;
  listStatuses: Statuses;
  readiness: { statuses: Statuses; slowestMs: number };
}

/** Measures the updates of one token alone, and beside the costly lists of another one. */
export async function measureCostlyLists(options: CostlyListsOptions, bench: Bench): Promise<CostlyListMeasurements> {
  const { contacts, seconds, lists } = options;
  const { gatewayPort: port, apiToken, say } = bench;
  await seedGateway(bench.gatewayDatabaseUrl);
  say(`Making ${contacts.toLocaleString('en')} contacts …`);
  await bench.addContacts(contacts - SEEDED_CONTACTS);
  await bench.flushTables();
  const reader = await newReader(bench);
  const target: Target = { name: 'The gateway', port, path: `${BASE_PATH}/contacts`, token: apiToken, contacts };
  await runRound(target, WARM_UP_SECONDS);
  const oneListMs = await timeOfOne(port, reader);
  say(`One such list takes ${(oneListMs / 1_000).toFixed(1)} s. ${UPDATES_PER_SECOND} updates a second, alone …`);
  const pace = { rate: UPDATES_PER_SECOND, seconds };
  const alone = await runPaced(target, pace);
  say(`The same beside ${lists} such lists at a time …`);
  const [flood, readiness] = [new Repetition(), new Repetition()];
  const flooding = Promise.all(Array.from({ length: lists }, () => flood.repeat(port, COSTLY, reader)));
  const watching = readiness.repeat(port, '/health/ready', 'none', READINESS_EVERY_MS);
  const beside = await runPaced(target, pace).finally(() => (flood.isOver = readiness.isOver = true));
  await Promise.all([flooding, watching]);
  const { statuses, slowestMs } = readiness;
  return { ...options, alone, beside, oneListMs, listStatuses: flood.statuses, readiness: { statuses, slowestMs } };
}

/** A token that may only read; it belongs to no family of the updates' token, which was seeded. */
async function newReader({ gatewayPort, apiToken }: Bench): Promise<string> {
  const connection = await Connection.open(gatewayPort);
  const body = JSON.stringify({ name: 'costly lists', scopes: ['contacts:read'] });
  const answer = await connection.post(`${BASE_PATH}/tokens`, apiToken, body);
  connection.close();
  if (answer.status !== 201) throw new Error(`The gateway answered ${answer.status}: ${answer.body}`);
  return (JSON.parse(answer.body) as { data: { token: string } }).data.token;
}

async function timeOfOne(port: number, token: string): Promise<number> {
  const connection = await Connection.open(port);
  const began = performance.now();
  const { status, body } = await connection.get(COSTLY, token);
  connection.close();
  if (status !== 200 && status !== 503) throw new Error(`The gateway answered ${status}: ${body}`);
  return performance.now() - began;
}

/** A request that is sent again and again. */
class Repetition {
  isOver = false;
  slowestMs = 0;
  readonly statuses: Statuses = {};

  async repeat(port: number, path: string, token: string, everyMs = 0): Promise<void> {
    const connection = await Connection.open(port);
    while (!this.isOver) {
      const began = performance.now();
      const { status } = await connection.get(path, token);
      this.slowestMs = Math.max(this.slowestMs, performance.now() - began);
      this.statuses[status] = (this.statuses[status] ?? 0) + 1;
      const pauseMs = status === 200 ? everyMs : RETRY_AFTER_MS;
      if (pauseMs > 0) await sleep(pauseMs);
    }
    connection.close();
  }
}
