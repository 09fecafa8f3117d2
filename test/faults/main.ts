import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartFailed, Watchdog } from '#app/system';
import { DEFECTS } from './defects/defects.js';
import { java } from './env.js';
import { FAULTS } from './faults/catalogue.js';
import { InvalidOption, readOptions, USAGE, type Options } from './options.js';
import { Progress } from './progress.js';
import { defectsOf, histories, summary, table } from './report.js';
import { runFaults, type RunParts } from './run.js';
import { curveTable } from './soak/curves.js';
import { soak } from './soak/soak.js';

const INTERRUPTED = 130;
const VIOLATED = 1;

async function faults(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'contact-sync-faults-'));
  const watchdog = new Watchdog();
  watchdog.removeAtEnd(folder);
  const progress = new Progress(process.stderr);
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    void watchdog.close().then(() => process.exit(INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    if (options.soak > 0) return await soaked(options, { folder, java: java(), watchdog, progress });
    const chosen = options.faults.length === 0 ? FAULTS : FAULTS.filter(({ number }) => options.faults.includes(number));
    progress.say(`Seed ${options.seed}, ${chosen.length} faults`);
    const results = await runFaults(chosen, options, { folder, java: java(), watchdog, progress });
    const ran = results.filter((result) => 'events' in result);
    console.log(options.json ? JSON.stringify(results.map(summary)) : `${table(results)}\n${histories(options.seed, ran)}`);
    const isBroken = results.some((result) => ('why' in result ? result.isFailure : defectsOf(result).length > 0));
    return isBroken ? VIOLATED : 0;
  } catch (error) {
    // What was told to stop takes the run with it.
    if (stopping) return INTERRUPTED;
    console.error(error instanceof StartFailed ? error.message : error);
    return VIOLATED;
  } finally {
    progress.close();
    await watchdog.close();
  }
}

async function soaked(options: Options, parts: RunParts): Promise<number> {
  parts.progress.say(`Seed ${options.seed}, ${options.soak} minutes`);
  const { episodes, curves } = await soak(options, parts);
  console.log(`${table(episodes)}\n${histories(options.seed, episodes)}\n\n${curveTable(curves)}`);
  const isBroken = episodes.some((episode) => defectsOf(episode).length > 0) || curves.some(({ isFlat }) => !isFlat);
  return isBroken ? VIOLATED : 0;
}

function settings(): Options {
  try {
    const options = readOptions(process.argv.slice(2));
    if (options.defect !== undefined && !Object.hasOwn(DEFECTS, options.defect))
      throw new InvalidOption(`There is no defect that is called ${options.defect}: --list names them.`);
    return options;
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(1);
  }
}

function list(): string {
  const faults = FAULTS.map(
    ({ number, name, brokers }) => `  ${String(number).padStart(2)}  ${name}${brokers ? ' (three brokers)' : ''}`,
  );
  const defects = Object.entries(DEFECTS).map(([name, { title }]) => `  ${name.padEnd(24)}${title}`);
  return ['Faults', ...faults, '', 'Defects to plant', ...defects].join('\n');
}

const options = settings();
if (options.help) console.log(USAGE);
else if (options.list) console.log(list());
else process.exit(await faults(options));
