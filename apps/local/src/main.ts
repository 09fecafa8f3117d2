import { dataFolderAt, lockDataFolder, StartFailed, Watchdog } from '#app/system';
import { InvalidSettings } from '#app/settings';
import { seedDemo } from './demo.js';
import { ownsDatabases, readSettings } from './env.js';
import { GatewayClient } from './gateway-client.js';
import { greet } from './greeting.js';
import { startEverything } from './local-run.js';
import { notePorts } from './running-instance.js';
import { Screen, seconds } from './screen.js';
import type { LocalRun } from './servers.js';
import { SetUpLink } from './set-up-link.js';
import { keepSecrets } from './secrets.js';
import { whenToldToStop } from './signals.js';
import { Supervisor } from './supervisor.js';
import { timeBars } from './time-bars.js';

/** Part of the command line of every local run, whatever its folder. */
const MARKER = 'apps/local/src/main.js';
const screen = new Screen();

/** Resolves when everything runs. The process then stays until a signal ends it. */
async function main(): Promise<void> {
  const settings = readSettings();
  const dataDir = dataFolderAt(settings.dataDir);
  const unlock = lockDataFolder(dataDir, MARKER);
  const forgetPorts = notePorts(dataDir, settings);
  const giveBack = (): void => (forgetPorts(), unlock());
  const watchdog = new Watchdog();
  const setUp = new SetUpLink();
  const supervisor = new Supervisor(screen);
  const end = endOf(watchdog, supervisor, giveBack);
  let stopping = false;
  whenToldToStop(
    () => {
      stopping = true;
      const began = performance.now();
      screen.text('\nStopping …');
      void end(0, () => screen.text(`Stopped in ${seconds(performance.now() - began)}. The data stay in ${dataDir.root}.`));
    },
    () => watchdog.kill(),
  );

  try {
    const secrets = await keepSecrets(dataDir.secrets, settings.apiToken);
    const run = { settings, dataDir, secrets, watchdog, screen, setUp };
    await startEverything(run, supervisor);
    const consoleLink = await openConsole(run, supervisor);
    const gateway = new GatewayClient(settings.gatewayPort, secrets.apiToken);
    const demo = ownsDatabases(settings) ? await seedDemo(gateway, dataDir, screen) : null;
    await showTimes(setUp);
    screen.text(await greet(run, { gateway, demo, consoleLink }));
    setUp.ready();
  } catch (error) {
    if (stopping) return;
    report(error);
    await end(1);
  }
}

/** The page of this run, loaded after the apps are up: it needs the clients of both servers. */
async function openConsole(run: LocalRun, { services }: Supervisor): Promise<string> {
  const { startConsole } = await import('./console/console.js');
  return run.screen.step(`console on port ${run.settings.consolePort}`, () => startConsole({ ...run, services }));
}

/** After a start with preparations: how long each took. */
async function showTimes(setUp: SetUpLink): Promise<void> {
  const before = await setUp.legs();
  if (before.length > 0) screen.text(['', ...timeBars([...before, ...screen.legs])].join('\n'));
}

function endOf(watchdog: Watchdog, supervisor: Supervisor, giveBack: () => void) {
  return async (exitCode: number, last: () => void = () => undefined): Promise<void> => {
    supervisor.stop();
    await watchdog.close();
    giveBack();
    last();
    process.exit(exitCode);
  };
}

function report(error: unknown): void {
  if (error instanceof InvalidSettings) for (const defect of error.defects) screen.failure(defect);
  else if (error instanceof StartFailed) screen.failure(error.message + (error.logFile ? `\nMore in ${error.logFile}` : ''));
  else screen.failure(error instanceof Error ? (error.stack ?? error.message) : String(error));
}

await main().catch((error: unknown) => {
  report(error);
  process.exit(1);
});
