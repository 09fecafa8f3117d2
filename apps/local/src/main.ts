import { unknownSettings } from '#app/settings';
import { Watchdog } from '#app/system';
import { appUrls } from './app-urls.js';
import { takeDataPlace } from './data-place.js';
import { seedDemo } from './demo.js';
import { ownsDatabases, readSettings } from './env.js';
import { failuresOf } from './failures.js';
import { GatewayClient } from './gateway-client.js';
import { greet } from './greeting.js';
import { startEverything } from './local-run.js';
import { Screen, seconds } from './screen.js';
import type { LocalRun } from './servers.js';
import { SetUpLink } from './set-up-link.js';
import { keepSecrets } from './secrets.js';
import { whenToldToStop } from './signals.js';
import { Supervisor } from './supervisor.js';
import { timeBars } from './time-bars.js';

const screen = new Screen();

/** Resolves when everything runs. The process then stays until a signal ends it. */
async function main(): Promise<void> {
  const settings = { ...readSettings(), isEphemeral: process.argv.includes('--ephemeral') };
  for (const unknown of unknownSettings(settings.environment)) screen.text(`  ! ${unknown}`);
  const watchdog = new Watchdog();
  const { folder: dataDir, farewell, leave } = takeDataPlace(settings, watchdog);
  const setUp = new SetUpLink();
  const supervisor = new Supervisor(screen);
  const end = endOf(watchdog, supervisor, leave);
  let stopping = false;
  whenToldToStop(
    () => {
      stopping = true;
      const began = performance.now();
      screen.text('\nStopping …');
      void end(0, () => screen.text(`Stopped in ${seconds(performance.now() - began)}. ${farewell}`));
    },
    () => watchdog.kill(),
  );

  try {
    const secrets = await keepSecrets(dataDir.secrets, settings.apiToken);
    const run = { settings, dataDir, secrets, watchdog, screen, setUp };
    await startEverything(run, supervisor);
    const consoleLink = await openConsole(run, supervisor);
    const gateway = new GatewayClient(appUrls(settings).api, secrets.apiToken, (text) => screen.event(text));
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

function endOf(watchdog: Watchdog, supervisor: Supervisor, leave: () => void) {
  return async (exitCode: number, last: () => void = () => undefined): Promise<void> => {
    supervisor.stop();
    await watchdog.close();
    leave();
    last();
    process.exit(exitCode);
  };
}

function report(error: unknown): void {
  for (const failure of failuresOf(error)) screen.failure(failure);
}

await main().catch((error: unknown) => {
  report(error);
  process.exit(1);
});
