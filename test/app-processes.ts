import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { resolve } from 'node:path';
import { eventually, freePort } from '#app/system/testing';

/** A built app as a process of its own. */
export class AppProcess {
  private output = '';
  readonly ended: Promise<{ code: number | null; signal: string | null }>;

  private constructor(
    readonly url: string,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit').then(([code, signal]) => ({ code: code as number | null, signal: signal as string | null }));
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output = `${this.output}${text}`.slice(-20_000)));
  }

  /** @returns once it is ready */
  static async start(app: 'gateway' | 'auth', env: Record<string, string>, port?: number): Promise<AppProcess> {
    const listen = String(port ?? (await freePort()));
    const file = resolve(`dist/apps/${app}/src/main.js`);
    const settings = { ...env, NODE_ENV: 'production', LOG_LEVEL: 'warn', GATEWAY_PORT: listen, AUTH_PORT: listen };
    const started = new AppProcess(`http://127.0.0.1:${listen}`, spawn(process.execPath, [file], { env: settings }));
    await started.untilReady();
    return started;
  }

  /** Tells it to end. @returns by which signal it has, and in how many milliseconds */
  async terminate(): Promise<{ signal: string | null; ms: number }> {
    const startedAt = performance.now();
    this.child.kill('SIGTERM');
    const { signal } = await this.ended;
    return { signal, ms: performance.now() - startedAt };
  }

  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  private async untilReady(): Promise<void> {
    await eventually(
      async () => {
        if (this.child.exitCode !== null) throw new Error(this.output);
        const { status } = await fetch(`${this.url}/health/ready`);
        if (status !== 200) throw new Error(`${status} ${this.output}`);
      },
      { timeoutMs: 20_000 },
    );
  }
}
