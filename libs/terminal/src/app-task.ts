/** How far a task is; both in a unit of the task's own. */
export interface TaskProgress {
  done: number;
  total: number;
}

/** A line that a task says to the process that started it, as JSON on standard output. */
export type TaskLine = { progress: TaskProgress } | { result: object } | { refused: string };

/** What a task works with. */
export interface TaskRun {
  progress: (progress: TaskProgress) => void;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** An operator's task was refused: the message is all that is told. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
}

const PROGRESS_EVERY_MS = 100;

/**
 * Runs an app's task for the operator's tool, which can't import the app: the process says lines, the tool shows them.
 * @param tell says a failure without a secret
 */
export async function runAppTask(work: (run: TaskRun) => Promise<object>, tell: (error: unknown) => string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const say = (line: TaskLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    say({ result: await work({ progress: seldom((progress) => say({ progress })), signal: stop.signal }) });
  } catch (error) {
    say({ refused: stop.signal.aborted ? 'Interrupted.' : error instanceof TaskRefused ? error.message : tell(error) });
    process.exitCode = 1;
  }
}

/** The last one always comes. */
function seldom(say: (progress: TaskProgress) => void): (progress: TaskProgress) => void {
  let last = -Infinity;
  return (progress) => {
    if (progress.done < progress.total && performance.now() - last < PROGRESS_EVERY_MS) return;
    last = performance.now();
    say(progress);
  };
}
