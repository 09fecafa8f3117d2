import { randomInt } from 'node:crypto';
import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartFailed, Watchdog } from '#app/system';
import { startGateway, type FuzzedGateway } from './gateway.js';
import { InvalidOption, readOptions, USAGE, type Options } from './options.js';
import { installSchemathesis, runSchemathesis } from './schemathesis.js';
import { summaryOf } from './summary.js';

const INTERRUPTED = 130;
const began = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

/** @returns the exit code: 0 where nothing was found */
async function fuzz(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'contact-sync-fuzz-'));
  const watchdog = new Watchdog();
  watchdog.removeAtEnd(folder);
  let stopping = false;
  let gateway: FuzzedGateway | undefined;
  const end = (): Promise<unknown> => watchdog.close().then(() => gateway?.stop());
  const stop = (): void => {
    stopping = true;
    void end().then(() => process.exit(INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    const program = await installSchemathesis(say);
    say('Starting PostgreSQL, Kafka and the gateway …');
    gateway = await startGateway(folder, watchdog);
    say(`Sending requests, with seed ${options.seed}: some minutes …`);
    const { line, clean } = summaryOf(await runSchemathesis(program, gateway, options, folder));
    say(`${line}, seed ${options.seed}`);
    return clean ? 0 : 1;
  } catch (error) {
    if (stopping) return INTERRUPTED;
    console.error(error instanceof StartFailed ? error.message : error);
    return 1;
  } finally {
    await end();
  }
}

function settings(): Options {
  try {
    return readOptions(process.argv.slice(2), randomInt(2 ** 32));
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(1);
  }
}

const options = settings();
if (options.help) console.log(USAGE);
else process.exit(await fuzz(options));
