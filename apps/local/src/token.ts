import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidSettings } from '@app/settings';
import { appEnvironments } from './app-environments.js';
import { dataDirAt } from './data-dir.js';
import { readSettings, type Settings } from './env.js';
import { keepSecrets } from './secrets.js';

const COMMAND = resolve(import.meta.dirname, '../../gateway/src/token.js');
const HELP = ['--help', '-h'];

/** Runs the gateway's command for tokens on the database that the environment names, else on that of the local run. */
async function main(args: string[]): Promise<number> {
  const settings = readSettings();
  const environment = args.some((arg) => HELP.includes(arg)) ? settings.environment : await environmentOf(settings);
  return spawnSync(process.execPath, [COMMAND, ...args], { stdio: 'inherit', env: environment }).status ?? 1;
}

/** The local run's own secret goes with its database, also where the environment names another secret alone. */
async function environmentOf(settings: Settings): Promise<NodeJS.ProcessEnv> {
  const { environment } = settings;
  if (environment['GATEWAY_DATABASE_URL'] && environment['GATEWAY_SECRET']) return environment;
  const dataDir = dataDirAt(settings.dataDir);
  if (!existsSync(dataDir.secrets)) {
    const cause = `There is no local run in ${dataDir.root} yet.`;
    throw new InvalidSettings([`${cause} Run npm start once, or set GATEWAY_DATABASE_URL and GATEWAY_SECRET.`]);
  }
  const secrets = await keepSecrets(dataDir.secrets, settings.apiToken);
  return appEnvironments({ settings, secrets }).gateway;
}

try {
  process.exitCode = await main(process.argv.slice(2));
} catch (error) {
  console.error(error instanceof InvalidSettings ? error.message : error);
  process.exitCode = 1;
}
