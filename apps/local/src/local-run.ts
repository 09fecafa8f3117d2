import { portDefect, StartFailed } from '@app/embedded';
import { appEnvironments } from './app-environments.js';
import { Apps, type AppProcess } from './apps.js';
import { openBroker, openDatabases, type LocalRun, type RunningService } from './servers.js';
import type { Supervisor } from './supervisor.js';

/** Starts what is not running yet, sets up what is not set up, and keeps all of it running. Resolves when both apps can serve. */
export async function startEverything(run: LocalRun, built: string, supervisor: Supervisor): Promise<void> {
  const { settings, screen } = run;
  const apps = new Apps(built, run.dataDir, run.watchdog);
  await clearAppPorts(run, apps);

  const [databases, broker] = await Promise.all([openDatabases(run), openBroker(run)]);
  const { gateway, gatewaySetUp, auth } = appEnvironments(run, databases, broker);
  await screen.step('Databases migrated, topics made', () =>
    Promise.all([
      apps.runToEnd({ name: 'gateway set-up', script: 'apps/gateway/src/set-up.js', environment: gatewaySetUp }),
      apps.runToEnd({ name: 'auth set-up', script: 'apps/auth/src/set-up.js', environment: auth }),
    ]),
  );

  const start = async (app: AppProcess, port: number): Promise<RunningService> => ({
    child: await screen.step(`${app.name} on port ${port}`, () => apps.startUntilReady(app, port)),
    service: { name: app.name, start: () => apps.start(app) },
  });
  const services = await Promise.all([
    start({ ...GATEWAY, environment: gateway }, settings.gatewayPort),
    start({ ...AUTH, environment: auth }, settings.authPort),
  ]);
  for (const each of [databases.server, broker.server, ...services]) if (each) supervisor.keep(each.service, each.child);
}

const GATEWAY = { name: 'gateway', script: 'apps/gateway/src/main.js' } as const;
const AUTH = { name: 'auth', script: 'apps/auth/src/main.js' } as const;

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
