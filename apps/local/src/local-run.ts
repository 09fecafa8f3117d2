import { portDefect, StartFailed } from '#app/system';
import { appEnvironments } from './app-environments.js';
import { Apps, type AppProcess } from './apps.js';
import { startBroker, startDatabases, type LocalRun, type RunningService } from './servers.js';
import type { Supervisor } from './supervisor.js';

const GATEWAY = { name: 'gateway', script: 'apps/gateway/src/main.js' } as const;
const AUTH = { name: 'auth', script: 'apps/auth/src/main.js' } as const;

/** Starts servers and apps, sets up what is not set up, and keeps all of it running. Resolves when both apps can serve. */
export async function startEverything(run: LocalRun, built: string, supervisor: Supervisor): Promise<void> {
  const { settings, screen } = run;
  const apps = new Apps(built, run.dataDir, run.watchdog);
  await clearAppPorts(run, apps);
  const { gateway, gatewaySetUp, auth } = appEnvironments(run);
  const setUp = (label: string, name: string, environment: NodeJS.ProcessEnv): Promise<void> =>
    screen.step(label, () => apps.runToEnd({ name: `${name} set-up`, script: `apps/${name}/src/set-up.js`, environment }));
  const [databases, broker] = [startDatabases(run), startBroker(run)];
  const servers = await Promise.all([
    databases,
    broker,
    // Needs no broker: done while Kafka starts.
    databases.then(() => setUp('auth: database migrated', 'auth', auth)),
    Promise.all([databases, broker]).then(() => setUp('gateway: database migrated, topics made', 'gateway', gatewaySetUp)),
  ]);
  const start = async (app: AppProcess, port: number): Promise<RunningService> => ({
    child: await screen.step(`${app.name} on port ${port}`, () => apps.startUntilReady(app, port)),
    service: { name: app.name, start: () => apps.start(app) },
  });
  const services = await Promise.all([
    start({ ...GATEWAY, environment: gateway }, settings.gatewayPort),
    start({ ...AUTH, environment: auth }, settings.authPort),
  ]);
  for (const each of [servers[0], servers[1], ...services]) if (each) supervisor.keep(each.service, each.child);
}

/** Stops the apps of a former run, and sees that their ports are free before anything is started. */
async function clearAppPorts({ settings }: LocalRun, apps: Apps): Promise<void> {
  await Promise.all([GATEWAY, AUTH].map((app) => apps.stopLeftover({ ...app, environment: {} })));
  const ports = { GATEWAY_PORT: settings.gatewayPort, AUTH_PORT: settings.authPort };
  const defects: string[] = [];
  for (const [setting, port] of Object.entries(ports)) {
    const defect = await portDefect(port);
    if (defect) defects.push(`Port ${port} ${defect}. Stop what uses it, or set ${setting} to another port.`);
  }
  if (defects.length > 0) throw new StartFailed(defects.join('\n'));
}
