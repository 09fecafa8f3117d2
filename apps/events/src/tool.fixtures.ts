import { resolve } from 'node:path';
import { PassThrough } from 'node:stream';
import { EventsEnv } from './env.js';
import { runEvents } from './program.js';
import type { OutputStream, Tool } from './tool.js';

/** Output and exit code of a run of the tool. */
interface Ended {
  code: number;
  out: string;
  err: string;
}

/** A run of the tool in this process. */
interface ToolRun {
  readonly out: string;
  readonly err: string;
  /** Like Ctrl-C. */
  interrupt(): void;
  ended: Promise<Ended>;
}

/** Starts the tool on some servers. `answer`: the text typed at a terminal; without it there is no terminal. */
export function startTool(settings: Record<string, string>, args: readonly string[], answer?: string): ToolRun {
  const written = { out: '', err: '' };
  const into = (name: 'out' | 'err'): OutputStream => ({ write: (text: string) => (written[name] += text) });
  const stdin: Tool['stdin'] = Object.assign(new PassThrough(), { isTTY: answer !== undefined });
  if (answer !== undefined) stdin.push(`${answer}\n`);
  const stop = new AbortController();
  const tool: Tool = {
    env: new EventsEnv(settings),
    stdout: into('out'),
    stderr: into('err'),
    stdin,
    apps: resolve('dist/apps'),
    signal: stop.signal,
    showing: stop.signal,
  };
  const ended = runEvents(args, tool).then((code) => ({ code, ...written }));
  return {
    get out() {
      return written.out;
    },
    get err() {
      return written.err;
    },
    interrupt: () => stop.abort(),
    ended,
  };
}
