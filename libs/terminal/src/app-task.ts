/** Progress of a task; both numbers in the task's own unit. */
export interface TaskProgress {
  done: number;
  total: number;
}

/** A line from a task to the process that started it, as JSON on standard output. */
export type TaskLine = { progress: TaskProgress } | { note: string } | { result: object } | { refused: string };

/** Input of a task. */
export interface TaskRun {
  progress: (progress: TaskProgress) => void;
  /** Tells the operator a line, for instance what the task waits for. */
  note: (text: string) => void;
  /** Aborted by Ctrl-C. */
  signal: AbortSignal;
}

/** An operator's task was rejected; only this message is shown. */
export class TaskRefused extends Error {
  override readonly name = 'TaskRefused';
}

const PROGRESS_EVERY_MS = 100;

/**
 * Runs an app's task for the operator's tool, which can't import the app: the process prints lines, and the tool shows them. An interrupted
 * task says nothing, and ends with 130.
 * @param tell describes a failure without secrets
 */
export async function runAppTask(work: (run: TaskRun) => Promise<object>, tell: (error: unknown) => string): Promise<void> {
  const stop = new AbortController();
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, () => stop.abort());
  const say = (line: TaskLine): void => void process.stdout.write(`${JSON.stringify(line)}\n`);
  try {
    const progress = seldom((progress) => say({ progress }));
    say({ result: await work({ progress, note: (note) => say({ note }), signal: stop.signal }) });
  } catch (error) {
    const isInterrupted = (error as Error).name === 'AbortError';
    if (!isInterrupted) say({ refused: error instanceof TaskRefused ? error.message : tell(error) });
    process.exitCode = isInterrupted ? 130 : 1;
  }
}

/** The last line is always sent. */
function seldom(say: (progress: TaskProgress) => void): (progress: TaskProgress) => void {
  let last = -Infinity;
  return (progress) => {
    if (progress.done < progress.total && performance.now() - last < PROGRESS_EVERY_MS) return;
    last = performance.now();
    say(progress);
  };
}
