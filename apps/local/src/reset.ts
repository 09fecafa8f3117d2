import { rmdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline/promises';
import { madeIn } from './data-mark.js';
import { readSettings } from './env.js';
import { failuresOf } from './failures.js';
import { runningInstance } from './running-instance.js';

const REFUSED = 1;

/** Removes the data of npm start, so that the next one begins anew. */
async function reset(options: string[]): Promise<number> {
  const { environment, dataDir } = readSettings();
  const instance = runningInstance({ ...environment, DATA_DIR: dataDir });
  if (instance) return (console.error(`contact-sync runs on ${dataDir} (process ${instance.pid}): npm run stop first.`), REFUSED);
  const found = madeIn(dataDir);
  if (found.length === 0) return (console.log(`There is nothing of npm start to remove in ${dataDir}.`), 0);
  if (!options.includes('--yes') && !(await agreed(`Remove ${found.join(', ')} in ${dataDir}? `))) {
    console.error('Nothing is removed. Without a terminal: npm run reset -- --yes');
    return REFUSED;
  }
  for (const name of found) rmSync(join(dataDir, name), { recursive: true });
  removeIfEmpty(dataDir);
  console.log('Removed. npm start begins anew, with a new API token.');
  return 0;
}

/** A link or a mounted folder stays. */
function removeIfEmpty(dataDir: string): void {
  try {
    rmdirSync(dataDir);
  } catch {
    // It holds other things, or cannot be removed: what a run makes is gone.
  }
}

async function agreed(question: string): Promise<boolean> {
  if (!process.stdin.isTTY) return false;
  const terminal = createInterface({ input: process.stdin, output: process.stdout });
  // Control-C and Control-D abort the question: that is a no.
  const answer = await terminal.question(`${question}[y/N] `).catch(() => '');
  terminal.close();
  return /^y(es)?$/i.test(answer.trim());
}

try {
  process.exitCode = await reset(process.argv.slice(2));
} catch (error) {
  for (const failure of failuresOf(error)) console.error(failure);
  process.exitCode = REFUSED;
}
