import { dataFolderAt } from '#app/system';
import { appUrls } from './app-urls.js';
import { readSettings } from './env.js';
import { failuresOf } from './failures.js';
import { runningInstance } from './running-instance.js';
import { keepSecrets } from './secrets.js';
import { quoted } from './shell.js';

const FAILED = 1;
const NOTHING_RUNS = 3;
const TIMEOUT_MS = 3_000;

/** An app's health; `down` if it does not answer. */
async function healthOf(url: string): Promise<string> {
  try {
    const answer = await fetch(`${url}/health`, { signal: AbortSignal.timeout(TIMEOUT_MS) });
    return ((await answer.json()) as { status: string }).status;
  } catch {
    return 'down';
  }
}

async function status(options: string[]): Promise<number> {
  const { environment, dataDir } = readSettings();
  const instance = runningInstance(environment);
  if (!instance) return (console.error(`Nothing runs in ${dataDir}. Start it: npm start`), NOTHING_RUNS);
  // What this terminal sets says nothing of that run.
  const settings = readSettings({ ...instance.settings, DATA_DIR: instance.dataDir });
  const urls = appUrls(settings);
  const { apiToken } = await keepSecrets(dataFolderAt(settings.dataDir).secrets, settings.apiToken);
  const [gateway, auth] = await Promise.all([healthOf(urls.gateway), healthOf(urls.auth)]);
  const shown = {
    pid: instance.pid,
    gateway: { url: urls.api, status: gateway },
    docs: urls.docs,
    console: `http://localhost:${settings.consolePort}`,
    auth: { url: urls.auth, status: auth },
    broker: settings.kafkaBrokers ?? `127.0.0.1:${settings.kafkaPort}`,
    dataDir: settings.dataDir,
    apiToken,
  };
  if (options.includes('--json')) print(JSON.stringify(shown, null, 2));
  else if (options.includes('--env'))
    print(
      Object.entries({ GATEWAY_URL: urls.api, AUTH_URL: urls.auth, KAFKA_BROKERS: shown.broker, API_TOKEN: apiToken })
        .map(([name, text]) => `${name}=${quoted(text)}`)
        .join('\n'),
    );
  else
    print(`  gateway    ${shown.gateway.url}  ${gateway}
  docs       ${shown.docs}
  console    ${shown.console}
  auth       ${shown.auth.url}  ${auth}
  broker     ${shown.broker}
  API token  ${apiToken}
  data       ${shown.dataDir}
  process    ${shown.pid}: npm run stop ends it`);
  return 0;
}

/** `console.log` would pass over a failure. */
const print = (text: string): void => void process.stdout.write(`${text}\n`);

// A closed pipe is no failure: its reader has seen enough.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE') return;
  console.error(`Standard output can't be written: ${code ?? message}.`);
  process.on('exit', () => (process.exitCode = FAILED));
});
try {
  process.exitCode = await status(process.argv.slice(2));
} catch (error) {
  for (const failure of failuresOf(error)) console.error(failure);
  process.exitCode = FAILED;
}
