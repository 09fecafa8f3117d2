import { AppProcess, hasLeftover, portDefect, setUpScript, StartFailed, type AppScript, type ProcessHost } from '#app/system';
import { appEnvironments, type AppEnvironments } from './app-environments.js';
import { startBroker, startDatabases, type LocalRun, type RunningService } from './servers.js';
import type { Supervisor } from './supervisor.js';

const STOP_WAIT_MS = 3_500;
/** As long as the start of the broker may take. */
const BROKER_WAIT = ['--broker-wait', '60'];

/** Starts servers and apps, runs missing set-ups, and keeps all running. Resolves when both apps can serve. */
export async function startEverything(run: LocalRun, supervisor: Supervisor): Promise<void> {
  const { settings, screen } = run;
  const host = { folder: run.dataDir, watchdog: run.watchdog };
  const environments = appEnvironments(run);
  const apps = [
    appOf(host, { name: 'gateway', env: environments.gateway, port: settings.gatewayPort }),
    appOf(host, { name: 'auth', env: environments.auth, port: settings.authPort }),
  ];
  await clearPorts(run, apps);
  // The apps' modules are loaded while the servers start.
  const [servers] = await Promise.all([
    startServers(run, host, environments),
    ...apps.map((app) => app.load(`apps/${app.name}/src/bootstrap.js`)),
  ]);
  const start = async (app: AppProcess): Promise<RunningService> => ({
    child: await screen.step(`${app.name} on port ${app.app.port}`, () => app.startUntilReady()),
    service: { name: app.name, start: () => app.start() },
  });
  const services = await Promise.all(apps.map(start));
  for (const each of [...servers, ...services]) if (each) supervisor.keep(each.service, each.child);
}

/** Starts both servers, and runs both set-ups while Kafka starts. The gateway's waits for Kafka, but not for jars that still come. */
async function startServers(
  run: LocalRun,
  host: ProcessHost,
  { auth, gatewaySetUp }: AppEnvironments,
): Promise<(RunningService | null)[]> {
  const setUp = (label: string, script: AppScript): Promise<unknown> =>
    run.screen.step(label, () => new AppProcess({ ...script, stopWaitMs: STOP_WAIT_MS }, host).runToEnd());
  // A broker that a former run left still answers, until the start of this run's stops it.
  const isLeft = hasLeftover(run.dataDir.serverFiles('kafka').pidFile);
  const [databases, broker] = [startDatabases(run), startBroker(run)];
  const begun = isLeft ? broker : run.setUp.brokerJars();
  const args = run.settings.kafkaBrokers ? [] : BROKER_WAIT;
  const [postgres, kafka] = await Promise.all([
    databases,
    broker,
    databases
      .then(() => setUp('auth: database migrated', setUpScript('auth', auth)))
      // The console begins after the apps; its modules are loaded while Kafka starts.
      .then(() => import('./console/console.js')),
    Promise.all([databases, begun]).then(() =>
      setUp('gateway: database migrated, topics made', setUpScript('gateway', gatewaySetUp, { args })),
    ),
  ]);
  return [postgres, kafka];
}

const appOf = (host: ProcessHost, app: { name: string; env: NodeJS.ProcessEnv; port: number }): AppProcess =>
  new AppProcess({ ...app, script: `apps/${app.name}/src/main.js`, stopWaitMs: STOP_WAIT_MS }, host);

/** Stops the apps of a former run, and checks that all ports are free before a new start. */
async function clearPorts(run: LocalRun, apps: readonly AppProcess[]): Promise<void> {
  await Promise.all(apps.map((app) => app.stopLeftover()));
  const defects: string[] = [];
  for (const [setting, port] of neededPorts(run)) {
    const defect = await portDefect(port);
    if (defect) defects.push(`Port ${port} ${defect}. Stop what uses it, or set ${setting} to another port.`);
  }
  if (defects.length > 1) defects.push('PORT_OFFSET=100 moves all ports by 100: for a second clone beside this one.');
  if (defects.length > 0) throw new StartFailed(defects.join('\n'));
}

/** The ports that this run will listen on. A server that a former run left is stopped at its own start. */
function neededPorts({ settings, dataDir }: LocalRun): [setting: string, port: number][] {
  const { gatewayPort, authPort, consolePort, postgresPort, kafkaPort } = settings;
  const isFree = (server: string): boolean => !hasLeftover(dataDir.serverFiles(server).pidFile);
  const startsPostgres = !(settings.gatewayDatabaseUrl && settings.authDatabaseUrl) && isFree('postgres');
  return [
    ['GATEWAY_PORT', gatewayPort],
    ['AUTH_PORT', authPort],
    ['CONSOLE_PORT', consolePort],
    ...(startsPostgres ? [['POSTGRES_PORT', postgresPort] as [string, number]] : []),
    ...(!settings.kafkaBrokers && isFree('kafka') ? [['KAFKA_PORT', kafkaPort] as [string, number]] : []),
  ];
}
