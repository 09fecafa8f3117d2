import { setTimeout as sleep } from 'node:timers/promises';
import { readSettings } from './env.js';
import { failuresOf } from './failures.js';
import { runningInstance } from './running-instance.js';

const LONGEST_MS = 30_000;
const POLL_MS = 100;

/** Ends the npm start of DATA_DIR, like Ctrl-C, and waits for it. */
async function stop(): Promise<number> {
  const { environment } = readSettings();
  const instance = runningInstance(environment);
  if (!instance) return (console.log('Nothing runs.'), 0);
  const { pid, dataDir, isEphemeral } = instance;
  process.kill(pid, 'SIGTERM');
  for (const end = Date.now() + LONGEST_MS; Date.now() < end; await sleep(POLL_MS))
    if (runningInstance({ DATA_DIR: dataDir })?.pid !== pid)
      return (console.log(isEphemeral ? 'Stopped. The data are removed.' : `Stopped. The data stay in ${dataDir}.`), 0);
  console.error(`Process ${pid} has not ended within ${LONGEST_MS / 1_000} s.`);
  return 1;
}

try {
  process.exitCode = await stop();
} catch (error) {
  for (const failure of failuresOf(error)) console.error(failure);
  process.exitCode = 1;
}
