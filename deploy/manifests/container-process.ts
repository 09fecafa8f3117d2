import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { COMPILE_CACHE } from '#app/system';
import { eventually, freePort } from '#app/system/testing';
import type { Workload } from './workload.js';

const READY_TIMEOUT_MS = 60_000;
const PROBE_EVERY_MS = 250;
/** Where the commands run: the built folder of the image, or this one, whose built files are the same. */
const CWD = process.env['IMAGE_FOLDER'] ?? process.cwd();
/** Added to what the manifest says: it changes only how long a start takes. */
const FASTER = { NODE_COMPILE_CACHE: COMPILE_CACHE };

/** How a terminated process ended. */
export interface End {
  signal: NodeJS.Signals | null;
  ms: number;
}

/** What a manifest says of a container, as a plain process: its command, its environment and nothing else, its files in a folder. */
export class ContainerProcess {
  private output = '';
  private readonly ended: Promise<[code: number | null, signal: NodeJS.Signals | null]>;

  private constructor(
    private readonly workload: Workload,
    private readonly env: Record<string, string>,
    private readonly port: number | undefined,
    private readonly child: ChildProcess,
  ) {
    this.ended = once(child, 'exit') as Promise<[number | null, NodeJS.Signals | null]>;
    for (const stream of [child.stdout!, child.stderr!])
      stream.setEncoding('utf8').on('data', (text: string) => (this.output = `${this.output}${text}`.slice(-20_000)));
  }

  static async start(workload: Workload, folder: string): Promise<ContainerProcess> {
    const port = workload.port === undefined ? undefined : await freePort();
    const env = placed(workload, folder, port);
    const [program, ...args] = workload.command;
    if (program !== 'node') throw new Error(`${workload.name} runs ${program}, which is not in the image.`);
    return new ContainerProcess(workload, env, port, spawn(process.execPath, args, { cwd: CWD, env: { ...env, ...FASTER } }));
  }

  get url(): string {
    return `http://127.0.0.1:${this.port}`;
  }

  /** The end of its output. */
  get said(): string {
    return this.output;
  }

  /** Waits until a command has ended. */
  async untilDone(): Promise<void> {
    const [code] = await this.ended;
    if (code !== 0) throw new Error(`${this.workload.name} ended with ${code}: ${this.output}`);
  }

  /** Waits until its readiness probe passes. */
  async untilReady(): Promise<this> {
    await eventually(
      async () => {
        if (this.child.exitCode !== null) throw new Error(`${this.workload.name} ended: ${this.output}`);
        if (!(await this.isReady())) throw new Error(`${this.workload.name} is not ready: ${this.output}`);
      },
      { timeoutMs: READY_TIMEOUT_MS, everyMs: PROBE_EVERY_MS },
    );
    return this;
  }

  async isReady(): Promise<boolean> {
    const probe = this.workload.readiness!;
    if ('path' in probe) return (await fetch(`${this.url}${probe.path}`)).ok;
    const asked = spawn(process.execPath, probe.command.slice(1), { cwd: CWD, env: this.env, stdio: 'ignore' });
    const [code] = (await once(asked, 'exit')) as [number | null];
    return code === 0;
  }

  /** Sends SIGTERM, and SIGKILL after the grace period, as a node does. */
  async terminate(): Promise<End> {
    const began = performance.now();
    this.child.kill('SIGTERM');
    const kill = setTimeout(() => this.child.kill('SIGKILL'), this.workload.graceMs);
    const [, signal] = await this.ended;
    clearTimeout(kill);
    return { signal, ms: performance.now() - began };
  }

  async kill(): Promise<void> {
    if (this.child.exitCode === null && this.child.signalCode === null) this.child.kill('SIGKILL');
    await this.ended;
  }
}

/** The environment of a process that shares this machine with others: its files are below a folder, its port is a free one. */
function placed({ env, files, port: own }: Workload, folder: string, port: number | undefined): Record<string, string> {
  for (const [path, content] of Object.entries(files)) {
    mkdirSync(dirname(join(folder, path)), { recursive: true });
    writeFileSync(join(folder, path), content, { mode: 0o600 });
  }
  const place = ([name, value]: [string, string]): [string, string] => {
    if (name.endsWith('_PORT') && value === String(own)) return [name, String(port)];
    return [name, Object.hasOwn(files, value) ? join(folder, value) : value];
  };
  return Object.fromEntries(Object.entries(env).map(place));
}
