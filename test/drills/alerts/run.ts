import { setTimeout as sleep } from 'node:timers/promises';
import type { ProcessHost } from '#app/system';
import { untilWell } from '../../faults/episode.js';
import { System } from '../../faults/system/system.js';
import { CAUSES, type Cause } from './causes.js';
import { Prometheus } from './prometheus.js';
import { Traffic } from './traffic.js';

export const WITHIN_SECONDS = 120;
const POLL_MS = 1_000;
const QUIET_WITHIN_MS = 180_000;

/** What an alert did during its fault. */
export interface AlertResult {
  fault: string;
  alert: string;
  /** From the fault to the firing alert; null where it did not fire in time. */
  seconds: number | null;
}

/** Settings that bring a limit within reach of a drill. */
const SETTINGS = {
  OUTBOX_MAX_ROWS: '300',
  LOGIN_ATTEMPTS_AT_ONCE: '1000',
  LOGIN_ATTEMPTS_PER_ADDRESS: '100000',
};

/** Causes each fault in a running system, and waits for its alerts in a real Prometheus. */
export async function runAlertDrill(
  only: string | undefined,
  host: ProcessHost,
  say: (line: string) => void,
): Promise<AlertResult[]> {
  say('Starting PostgreSQL, Kafka, two gateways, two auth apps and Prometheus …');
  const system = await System.start({ brokers: 1, gateways: 2, auths: 2 }, host);
  for (const { app } of system.replicas) Object.assign(app.settings, SETTINGS);
  await system.startApps();
  const targets = (replicas: System['gateways']): string[] => replicas.map(({ app }) => new URL(app.url).host);
  const jobs = { 'contact-sync-gateway': targets(system.gateways), 'contact-sync-auth': targets(system.auths) };
  const prometheus = await Prometheus.start(jobs, host);
  const traffic = new Traffic(system);
  try {
    await traffic.start();
    const results: AlertResult[] = [];
    const causes = CAUSES.filter(({ alerts }) => only === undefined || alerts.includes(only));
    for (const cause of causes) {
      await untilQuiet(cause, prometheus, say);
      const fired = new Map<string, number>();
      const untilFiring = (): Promise<void> => watch(cause, prometheus, fired);
      await cause.run({ system, traffic, untilFiring });
      for (const alert of cause.alerts) results.push({ fault: cause.fault, alert, seconds: fired.get(alert) ?? null });
      const seconds = cause.alerts.map((alert) => `${alert} ${fired.get(alert)?.toFixed(0) ?? 'not within'} s`).join(', ');
      say(`${cause.fault}: ${seconds}`);
      if (cause !== causes.at(-1)) await untilWell(system);
    }
    return results;
  } finally {
    await traffic.stop();
    await prometheus.stop();
    await system.close();
  }
}

/** Notes when each alert of the cause fires. */
async function watch({ alerts }: Cause, prometheus: Prometheus, fired: Map<string, number>): Promise<void> {
  const began = performance.now();
  for (let seconds = 0; seconds < WITHIN_SECONDS && fired.size < alerts.length; await sleep(POLL_MS)) {
    const firing = await prometheus.firing();
    seconds = (performance.now() - began) / 1_000;
    for (const alert of alerts) if (firing.has(alert) && !fired.has(alert)) fired.set(alert, seconds);
  }
}

/** Waits until no alert of the cause fires from a fault before it. */
async function untilQuiet({ alerts }: Cause, prometheus: Prometheus, say: (line: string) => void): Promise<void> {
  for (const deadline = Date.now() + QUIET_WITHIN_MS; Date.now() < deadline; await sleep(POLL_MS)) {
    const firing = await prometheus.firing().catch(() => new Set(alerts));
    if (!alerts.some((alert) => firing.has(alert))) return;
  }
  say(`${alerts.join(', ')} still fires from before.`);
}
