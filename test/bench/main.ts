import { mkdtempSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { StartFailed, Watchdog } from '#app/system';
import { floodsReport } from './floods/floods-report.js';
import { measureFloods } from './floods/measure-floods.js';
import { listsReport } from './lists/lists-report.js';
import { measureLists } from './lists/measure-lists.js';
import { measureRebuild } from './rebuild/measure-rebuild.js';
import { rebuildReport } from './rebuild/rebuild-report.js';
import { InvalidOption, readOptions, USAGE, type Options } from './options.js';
import { report } from './report.js';
import { measure } from './run.js';

const INTERRUPTED = 130;
const began = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

async function bench(options: Options): Promise<number> {
  const folder = mkdtempSync(join(tmpdir(), 'contact-sync-bench-'));
  const watchdog = new Watchdog();
  watchdog.removeAtEnd(folder);
  let stopping = false;
  const stop = (): void => {
    stopping = true;
    void watchdog.close().then(() => process.exit(INTERRUPTED));
  };
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, stop);
  try {
    console.log(await reportOf(options, folder, watchdog));
    return 0;
  } catch (error) {
    // What was told to stop takes the measurement with it.
    if (stopping) return INTERRUPTED;
    console.error(error instanceof StartFailed ? error.message : error);
    return 1;
  } finally {
    await watchdog.close();
  }
}

async function reportOf(options: Options, folder: string, watchdog: Watchdog): Promise<string> {
  switch (options.subject) {
    case 'lists':
      return listsReport(await measureLists(options, folder, watchdog, say));
    case 'floods':
      return floodsReport(await measureFloods(options, folder, watchdog, say));
    case 'rebuild':
      return rebuildReport(await measureRebuild(options, folder, watchdog, say));
    case 'updates':
      return report(await measure(options, folder, watchdog, say));
  }
}

function settings(): Options {
  try {
    return readOptions(process.argv.slice(2));
  } catch (error) {
    if (!(error instanceof InvalidOption)) throw error;
    console.error(`${error.message}\n\n${USAGE}`);
    process.exit(1);
  }
}

const options = settings();
if (options.help) console.log(USAGE);
else process.exit(await bench(options));
