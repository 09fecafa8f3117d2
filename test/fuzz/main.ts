import { runInFolder, type ProcessHost } from '#app/system';
import { startGateway } from './gateway.js';
import { fuzzCommand, optionsOf, type Options } from './options.js';
import { installSchemathesis, runSchemathesis } from './schemathesis.js';
import { summaryOf } from './summary.js';

const began = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

/** @returns the exit code: 0 where nothing was found */
async function fuzz(options: Options, host: ProcessHost): Promise<number> {
  const program = await installSchemathesis(say);
  say('Starting PostgreSQL, Kafka and the gateway …');
  const gateway = await startGateway(host);
  say(`Sending requests, with seed ${options.seed}: some minutes …`);
  const { line, clean } = summaryOf(await runSchemathesis(program, gateway, options, host.folder.root));
  say(`${line}, seed ${options.seed}`);
  return clean ? 0 : 1;
}

const options = optionsOf(fuzzCommand().parse());
process.exit(await runInFolder('fuzz', (host) => fuzz(options, host)));
