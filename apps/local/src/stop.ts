import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from './env.js';
import { runningInstance } from './running-instance.js';

const LONGEST_MS = 30_000;
const POLL_MS = 100;

/** Ends the npm start of DATA_DIR, like Ctrl-C, and waits for it. */
async function stop(): Promise<number> {
  const { environment } = readSettings();
  const instance = runningInstance(environment);
  if (!instance) return (console.log('Nothing runs.'), 0);
  process.kill(instance.pid, 'SIGTERM');
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; await sleep(POLL_MS))
    if (!runningInstance(environment)) return (console.log('Stopped. The data stay.'), 0);
  console.error(`Process ${instance.pid} has not ended within ${LONGEST_MS / 1_000} s.`);
  return 1;
}

process.exitCode = await stop();
