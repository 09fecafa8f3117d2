import { spawn } from 'node:child_process';
import { resolve } from 'node:path';
import { createInterface } from 'node:readline';
import type { TaskLine } from '#app/terminal';
import { Interrupted, Refused } from '../events.errors.js';
import { note, type Tool } from '../tool.js';
import { shownProgress } from './shown-progress.js';

/** A task of an app, by its script: no app imports another, so this tool starts it as a process. */
interface AppTask {
  /** Below the folder of the built apps, for example `gateway/src/repair.js`. */
  script: string;
  args: readonly string[];
  /** Sent to its standard input, as JSON. */
  input?: unknown;
}

/** Runs a task with the tool's environment, and shows its progress. @throws {Refused} with the reason of a failure, {@link Interrupted} after Ctrl-C */
export async function runTaskOf<Result>({ script, args, input }: AppTask, tool: Tool): Promise<Result> {
  // After a task that Ctrl-C came too late for, the next one does not begin.
  if (tool.signal.aborted) throw new Interrupted();
  const child = spawn(process.execPath, ['--enable-source-maps', resolve(tool.apps, script), ...args], {
    env: tool.env.ofTasks,
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const interrupt = (): void => void child.kill('SIGINT');
  tool.signal.addEventListener('abort', interrupt);
  child.stdin.on('error', () => undefined).end(input === undefined ? '' : JSON.stringify(input));
  const ended = new Promise<number | null>((done, failed) => void child.once('exit', done).once('error', failed));
  try {
    let last: TaskLine | undefined;
    const show = shownProgress(tool);
    for await (const line of createInterface({ input: child.stdout })) {
      last = JSON.parse(line) as TaskLine;
      if ('progress' in last) show(last.progress);
      if ('note' in last) note(tool, last.note);
    }
    const code = await ended;
    if (last && 'refused' in last) throw new Refused(last.refused);
    if (last && 'result' in last) return last.result as Result;
    if (tool.signal.aborted) throw new Interrupted();
    throw new Refused(`The task ended with ${code}.`);
  } finally {
    tool.signal.removeEventListener('abort', interrupt);
  }
}
