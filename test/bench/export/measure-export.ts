import { runRound, type Round, type Target } from '../load.js';
import { seedGateway, vacuum } from '../seed.js';
import type { Bench } from '../system.js';
import { watchMemory, type Memory } from './memory.js';
import { runPaced } from './paced-load.js';

const FEW_CONTACTS = 10_000;
const BASE_PATH = '/external/api/v1';
const WARM_UP_SECONDS = 3;
const PAIRS = 3;
const NEW_LINE = 10;

/** One export of all contacts. */
export interface ExportRun {
  contacts: number;
  seconds: number;
  bytes: number;
  memory: Memory | undefined;
}

/** Updates for some seconds alone, and then as long beside an export. */
export interface Pair {
  alone: Round;
  beside: Round;
  /** What of the export was read in that time. */
  bytesPerSecond: number;
}

/** Exports alone, and updates at half their maximum alone and beside exports. */
export interface ExportMeasurements {
  few: ExportRun;
  many: ExportRun;
  /** Updates a second without a pause. */
  maximum: number;
  pairs: Pair[];
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
  await bench.flushTables();
  const many = await exportAll(bench);
  say(`${many.contacts.toLocaleString('en')} contacts exported in ${many.seconds.toFixed(1)} s. Timing updates …`);
  const target: Target = {
    name: 'The gateway',
    port: bench.gatewayPort,
    path: `${BASE_PATH}/contacts`,
    token: bench.apiToken,
    contacts,
  };
  await runRound(target, WARM_UP_SECONDS);
  const maximum = (await runRound(target, seconds)).updatesPerSecond;
  const pace = { rate: maximum / 2, seconds };
  const pairs: Pair[] = [];
  while (pairs.length < PAIRS) {
    const alone = await runPaced(target, pace);
    const { round, bytes } = await besideExport(bench, () => runPaced(target, pace));
    pairs.push({ alone, beside: round, bytesPerSecond: bytes / seconds });
    say(`Pair ${pairs.length} of ${PAIRS} at ${Math.round(pace.rate)} updates a second: timed.`);
  }
  return { few, many, maximum, pairs };
}

/** Updates beside exports. An export that fails ends the measurement. */
async function besideExport(bench: Bench, updates: () => Promise<Round>): Promise<{ bytes: number; round: Round }> {
  const over = new AbortController();
  const [round, bytes] = await Promise.all([updates().finally(() => over.abort()), exportUntil(over.signal, bench)]);
  return { bytes, round };
}

/** Reads an export until the updates are over, and again where it ends before. @returns the bytes of all */
async function exportUntil(over: AbortSignal, bench: Bench): Promise<number> {
  let bytes = 0;
  try {
    while (!over.aborted) for await (const chunk of await openExport(bench, over)) bytes += chunk.length;
  } catch (error) {
    if (!over.aborted) throw error;
  }
  return bytes;
}

async function openExport({ gatewayPort, apiToken }: Bench, signal?: AbortSignal): Promise<AsyncIterable<Uint8Array>> {
  const headers = { authorization: `Bearer ${apiToken}` };
  const url = `http://127.0.0.1:${gatewayPort}${BASE_PATH}/contacts/export`;
  const response = await fetch(url, { headers, ...(signal && { signal }) });
  if (!response.ok || !response.body) throw new Error(`The gateway answered ${response.status}: ${await response.text()}`);
  return response.body;
}

async function exportAll(bench: Bench): Promise<ExportRun> {
  const began = performance.now();
  const { result, memory } = await watchMemory(async () => read(await openExport(bench)));
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
