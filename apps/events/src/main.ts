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

// The reader of the pipe has closed it.
process.stdout.on('error', () => process.exit(EXIT.done));
const { stdin, stdout, stderr } = process;
process.exitCode = await runEvents(process.argv.slice(2), {
  env: new EventsEnv(),
  stdin,
  stdout,
  stderr,
  apps: resolve(import.meta.dirname, '../..'),
  signal: stopOnSignals(),
});
