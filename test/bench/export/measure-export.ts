import { runRound, type Round, type Target } from '../load.js';
import { seedGateway, vacuum } from '../seed.js';
import type { Bench } from '../system.js';
import { watchMemory, type Memory } from './memory.js';
import { runPaced } from './paced-load.js';

const FEW_CONTACTS = 10_000;
const BASE_PATH = '/external/api/v1';
const WARM_UP_SECONDS = 3;
const NEW_LINE = 10;

/** One export of all contacts. */
export interface ExportRun {
  contacts: number;
  seconds: number;
  bytes: number;
  memory: Memory | undefined;
}

/** Exports alone, and updates at half their maximum alone and beside exports. */
export interface ExportMeasurements {
  few: ExportRun;
  many: ExportRun;
  /** Updates a second without a pause. */
  maximum: number;
  alone: Round;
  beside: Round;
  /** Exports that ran beside the updates, whole or in part. */
  besideRuns: ExportRun[];
}

/** Fills the database twice, and measures exports and updates. */
export async function measureExport(
  { contacts, seconds }: { contacts: number; seconds: number },
  bench: Bench,
): Promise<ExportMeasurements> {
  const { say } = bench;
  await seedGateway(bench.gatewayDatabaseUrl);
  await exportAll(bench);
  const few = await exportAll(bench);
  say(`${FEW_CONTACTS.toLocaleString('en')} contacts exported in ${few.seconds.toFixed(1)} s. Adding more …`);
  await bench.addContacts(contacts - FEW_CONTACTS);
  await vacuum(bench.gatewayDatabaseUrl);
  const many = await exportAll(bench);
  say(`${many.contacts.toLocaleString('en')} contacts exported in ${many.seconds.toFixed(1)} s. Timing updates …`);
  const target: Target = { name: 'The gateway', port: bench.gatewayPort, path: `${BASE_PATH}/contacts`, token: bench.apiToken };
  await runRound(target, WARM_UP_SECONDS);
  const maximum = (await runRound(target, seconds)).updatesPerSecond;
  const pace = { rate: maximum / 2, seconds };
  const alone = await runPaced(target, pace);
  say(`Updates at ${Math.round(pace.rate)} a second, beside exports …`);
  const { runs, round } = await besideExports(bench, () => runPaced(target, pace));
  return { few, many, maximum, alone, beside: round, besideRuns: runs };
}

/** Exports again and again until the updates are over; the last one is read to its end. */
async function besideExports(bench: Bench, updates: () => Promise<Round>): Promise<{ runs: ExportRun[]; round: Round }> {
  let isOver = false;
  const runs: ExportRun[] = [];
  const exporting = (async () => {
    while (!isOver) runs.push(await exportAll(bench));
  })();
  const round = await updates().finally(() => (isOver = true));
  await exporting;
  return { runs, round };
}

async function exportAll({ gatewayPort, apiToken }: Bench): Promise<ExportRun> {
  const began = performance.now();
  const { result, memory } = await watchMemory(async () => {
    const headers = { authorization: `Bearer ${apiToken}` };
    const response = await fetch(`http://127.0.0.1:${gatewayPort}${BASE_PATH}/contacts/export`, { headers });
    if (!response.ok || !response.body) throw new Error(`The gateway answered ${response.status}: ${await response.text()}`);
    return read(response.body);
  });
  return { ...result, seconds: (performance.now() - began) / 1_000, memory };
}

/** Counts bytes, and reads the last line alone: the load on this machine is to be the gateway's. */
async function read(body: AsyncIterable<Uint8Array>): Promise<{ bytes: number; contacts: number }> {
  let bytes = 0;
  let last: Uint8Array = new Uint8Array();
  for await (const chunk of body) {
    bytes += chunk.length;
    last = chunk.length > 200 ? chunk.subarray(-200) : Buffer.concat([last, chunk]).subarray(-200);
  }
  const line = Buffer.from(last.subarray(last.lastIndexOf(NEW_LINE, last.length - 2) + 1)).toString();
  const { end } = JSON.parse(line) as { end?: { count: number } };
  if (!end) throw new Error('The export was cut.');
  return { bytes, contacts: end.count };
}
