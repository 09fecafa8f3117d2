import { AppProcess, temporaryHost } from '#app/system';
import { freePort } from '#app/system/testing';

type AppName = 'gateway' | 'auth';

/** Built apps in processes of their own, for a spec. */
export class AppProcesses {
  private readonly host = temporaryHost('spec');
  private readonly processes: AppProcess[] = [];

  /** Starts an app and waits until it is ready. */
  async start(app: AppName, env: Record<string, string>, port?: number): Promise<AppProcess> {
    const listen = port ?? (await freePort());
    const ports = { GATEWAY_PORT: String(listen), AUTH_PORT: String(listen) };
    const process = this.add(app, 'main', { ...env, ...ports, NODE_ENV: 'production' }, listen);
    await process.startUntilReady();
    return process;
  }

  async setUp(app: AppName, env: Record<string, string>): Promise<void> {
    await this.add(app, 'set-up', env).runToEnd();
  }

  async kill(): Promise<void> {
    await Promise.all(this.processes.map((each) => each.kill()));
  }

  /** The output of each process. */
  outputs(): { name: string; text: string }[] {
    return this.processes.map(({ name, output }) => ({ name: `log of ${name}`, text: output }));
  }

  /** Stops all processes and removes their files. */
  async stop(): Promise<void> {
    await this.host.watchdog.close();
  }

  private add(app: AppName, script: string, env: Record<string, string>, port = 0): AppProcess {
    const name = `${app} ${script} ${this.processes.length + 1}`;
    const process = new AppProcess({ name, script: `apps/${app}/src/${script}.js`, env, port }, this.host);
    this.processes.push(process);
    return process;
  }
}
