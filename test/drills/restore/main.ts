import { runInFolder } from '#app/system';
import { SeededRandom } from '#app/system/testing';
import { sayer } from '../say.js';
import { restoreDrillCommand, type Options } from './options.js';
import { isUnharmed, report } from './report.js';
import { RestorableSystem } from './restorable-system.js';
import { runScenario, type ScenarioResult } from './scenarios.js';

const { scenario: names, seconds, seed, json } = restoreDrillCommand().parse().opts<Options>();
const say = sayer();
const code = await runInFolder('restore-drill', async (host) => {
  say(`Seed ${seed}. Starting two PostgreSQL servers with archives, Kafka and the apps …`);
  const system = await RestorableSystem.start(host);
  try {
    const random = new SeededRandom(seed);
    const results: ScenarioResult[] = [];
    for (const name of names) results.push(await runScenario(name, { system, random, seconds, say }));
    console.log(json ? JSON.stringify({ seed, scenarios: results }, null, 2) : report(results));
    return results.every(isUnharmed) ? 0 : 1;
  } finally {
    await system.close();
  }
});
process.exit(code);
