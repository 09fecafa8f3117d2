import { runInFolder, type ProcessHost } from '#app/system';
import { DEFECTS } from './defects/defects.js';
import { FAULTS } from './faults/catalogue.js';
import { faultsCommand, optionsOf, type Options } from './options.js';
import { Progress } from './progress.js';
import { asJson, defectsOf, histories, table } from './report.js';
import { runFaults, type RunParts } from './run.js';
import { curveTable } from './soak/curves.js';
import { soak } from './soak/soak.js';

const VIOLATED = 1;

async function faults(options: Options, host: ProcessHost): Promise<number> {
  const progress = new Progress(process.stderr);
  const parts = { host, progress };
  try {
    return await (options.soak > 0 ? soaked(options, parts) : caused(options, parts));
  } finally {
    progress.close();
  }
}

async function caused(options: Options, parts: RunParts): Promise<number> {
  const { seed, faults: numbers, json } = options;
  const chosen = numbers.length === 0 ? FAULTS : FAULTS.filter(({ number }) => numbers.includes(number));
  parts.progress.say(`Seed ${seed}, ${chosen.length} faults`);
  const results = await runFaults(chosen, options, parts);
  const ran = results.filter((result) => 'events' in result);
  console.log(json ? asJson(seed, results) : `${table(results)}\n${histories(seed, ran)}`);
  const isBroken = results.some((result) => ('why' in result ? result.isFailure : defectsOf(result).length > 0));
  return isBroken ? VIOLATED : 0;
}

async function soaked(options: Options, parts: RunParts): Promise<number> {
  parts.progress.say(`Seed ${options.seed}, ${options.soak} minutes`);
  const { episodes, curves } = await soak(options, parts);
  console.log(`${table(episodes)}\n${histories(options.seed, episodes)}\n\n${curveTable(curves)}`);
  const isBroken = episodes.some((episode) => defectsOf(episode).length > 0) || curves.some(({ isFlat }) => !isFlat);
  return isBroken ? VIOLATED : 0;
}

function list(): string {
  const faults = FAULTS.map(
    ({ number, name, brokers }) => `  ${String(number).padStart(2)}  ${name}${brokers ? ' (three brokers)' : ''}`,
  );
  const defects = Object.entries(DEFECTS).map(([name, { title }]) => `  ${name.padEnd(24)}${title}`);
  return ['Faults', ...faults, '', 'Defects to plant', ...defects].join('\n');
}

const options = optionsOf(faultsCommand().parse());
if (options.list) console.log(list());
else process.exit(await runInFolder('faults', (host) => faults(options, host)));
