import { runInFolder } from '#app/system';
import { sayer } from '../say.js';
import { upgradeDrillCommand, type Options } from './options.js';
import { report } from './report.js';
import { runDrill } from './run.js';

const options = upgradeDrillCommand().parse().opts<Options>();
const code = await runInFolder('upgrade-drill', async (host) => {
  const result = await runDrill(options, host, sayer());
  console.log(options.json ? JSON.stringify(result, null, 2) : report(result));
  return result.violations.length === 0 ? 0 : 1;
});
process.exit(code);
