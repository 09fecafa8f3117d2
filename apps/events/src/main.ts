import { resolve } from 'node:path';
import { EventsEnv } from './env.js';
import { EXIT } from './exit-code.js';
import { runEvents } from './program.js';

/** The terminal and each parent process pass on the same Ctrl-C: only a later one is a second. */
const SECOND_SIGNAL_MS = 1_000;

function stopOnSignals(): AbortSignal {
  const stop = new AbortController();
  let first = 0;
  const interrupt = (): void => {
    if (stop.signal.aborted && performance.now() - first > SECOND_SIGNAL_MS) process.exit(EXIT.interrupted);
    if (stop.signal.aborted) return;
    first = performance.now();
    stop.abort();
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(signal, interrupt);
  return stop.signal;
}

/** Aborted once standard output takes no more. A closed pipe is no failure: its reader has seen enough. */
function untilUnread(): AbortSignal {
  const unread = new AbortController();
  process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
    if (unread.signal.aborted) return;
    unread.abort();
    if (code === 'EPIPE') return;
    process.stderr.write(`Standard output can't be written: ${code ?? message}.\n`);
    process.on('exit', () => (process.exitCode = EXIT.notDone));
  });
  return unread.signal;
}

// Nobody reads progress and failures any more: the exit code tells.
process.stderr.on('error', () => undefined);
const { stdin, stdout, stderr } = process;
const signal = stopOnSignals();
process.exitCode = await runEvents(process.argv.slice(2), {
  env: new EventsEnv(),
  stdin,
  stdout,
  stderr,
  apps: resolve(import.meta.dirname, '../..'),
  signal,
  showing: AbortSignal.any([signal, untilUnread()]),
});
