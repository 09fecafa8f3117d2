import { runInFolder } from '#app/system';
import { sayer } from '../say.js';
import { migrateLargeTable, migrationReport } from './large-table.js';
import { upgradeDrillCommand, type Options } from './options.js';
import { report } from './report.js';
import { runDrill } from './run.js';

const options = upgradeDrillCommand().parse().opts<Options>();
const code = await runInFolder('upgrade-drill', async (host) => {
  if (options.contacts > 0) {
    const migration = await migrateLargeTable(options, host, sayer());
    console.log(options.json ? JSON.stringify(migration, null, 2) : migrationReport(migration));
    return migration.violations.length === 0 ? 0 : 1;
  }
  const result = await runDrill(options, host, sayer());
  console.log(options.json ? JSON.stringify(result, null, 2) : report(result));
  return result.violations.length === 0 ? 0 : 1;
});
process.exit(code);
