import { spawnSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join, resolve } from 'node:path';
import { freePort, startChild, stopPlan, type ProcessHost, type RunningChild } from '#app/system';

const RULES = resolve('deploy/prometheus/alerts.yml');

interface Alert {
  state: string;
  labels: { alertname: string };
}

/** A Prometheus that scrapes the apps and evaluates the project's alerts. */
export class Prometheus {
  private constructor(
    private readonly port: number,
    private readonly child: RunningChild,
  ) {}

  /** Whether the program is on this machine. */
  static isThere(): boolean {
    return spawnSync('prometheus', ['--version']).status === 0;
  }

  /** @param targets `host:port` of each process, by job */
  static async start(
    targets: Readonly<Record<string, readonly string[]>>,
    { folder, watchdog }: ProcessHost,
  ): Promise<Prometheus> {
    const port = await freePort();
    const config = join(folder.root, 'prometheus.yml');
    const jobs = Object.entries(targets).map(([job_name, each]) => ({ job_name, static_configs: [{ targets: each }] }));
    const global = { scrape_interval: '2s', scrape_timeout: '2s', evaluation_interval: '2s' };
    writeFileSync(config, JSON.stringify({ global, rule_files: [RULES], scrape_configs: jobs }));
    const command = {
      name: 'Prometheus',
      command: 'prometheus',
      args: [
        `--config.file=${config}`,
        `--storage.tsdb.path=${join(folder.root, 'prometheus')}`,
        `--web.listen-address=127.0.0.1:${port}`,
      ],
      logFile: folder.logFile('prometheus'),
      pidFile: folder.pidFile('prometheus'),
      marker: config,
      plan: stopPlan('SIGTERM', 5_000),
      rank: 1,
    };
    return new Prometheus(port, await startChild(command, watchdog));
  }

  /** Names of the alerts that fire. */
  async firing(): Promise<Set<string>> {
    const response = await fetch(`http://127.0.0.1:${this.port}/api/v1/alerts`, { signal: AbortSignal.timeout(5_000) });
    const { data } = (await response.json()) as { data: { alerts: Alert[] } };
    return new Set(data.alerts.filter(({ state }) => state === 'firing').map(({ labels }) => labels.alertname));
  }

  stop(): Promise<void> {
    return this.child.stop();
  }
}
