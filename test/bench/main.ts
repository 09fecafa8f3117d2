import { runInFolder, type ProcessHost } from '#app/system';
import { capacityReport } from './capacity/capacity-report.js';
import { measureCapacity } from './capacity/measure-capacity.js';
import { costlyListsReport } from './costly-lists/costly-lists-report.js';
import { measureCostlyLists } from './costly-lists/measure-costly-lists.js';
import { drainReport } from './drain/drain-report.js';
import { measureDrain } from './drain/measure-drain.js';
import { exportReport } from './export/export-report.js';
import { measureExport } from './export/measure-export.js';
import { floodsReport } from './floods/floods-report.js';
import { measureFloods } from './floods/measure-floods.js';
import { listsReport } from './lists/lists-report.js';
import { measureLists } from './lists/measure-lists.js';
import { measureLatency } from './latency/measure-latency.js';
import { pacedReport } from './latency/paced-report.js';
import { measureRebuild } from './rebuild/measure-rebuild.js';
import { rebuildReport } from './rebuild/rebuild-report.js';
import { measureReplay } from './replay/measure-replay.js';
import { replayReport } from './replay/replay-report.js';
import { measureReplicas } from './replicas/measure-replicas.js';
import { replicasReport } from './replicas/replicas-report.js';
import { indexesReport } from './indexes/indexes-report.js';
import { measureIndexes } from './indexes/measure-indexes.js';
import { benchCommand } from './options.js';
import { checkCpu, report } from './report.js';
import { measure } from './run.js';
import { measureWrites } from './writes/measure-writes.js';
import { writesReport } from './writes/writes-report.js';
import { startBench, type Bench, type StartOptions } from './system.js';

const began = performance.now();
const say = (line: string): void => console.log(`${((performance.now() - began) / 1_000).toFixed(1).padStart(6)} s  ${line}`);

/** Measures in a temporary folder, and prints the report. */
const print = (work: (bench: Bench) => Promise<string>, options: StartOptions = {}): Promise<void> =>
  inFolder(async (host) => work(await startBench(host, say, options)));

async function inFolder(work: (host: ProcessHost) => Promise<string>): Promise<void> {
  const code = await runInFolder('bench', async (host) => {
    console.log(await work(host));
    return 0;
  });
  process.exit(code === 0 ? (process.exitCode ?? 0) : code);
}

await benchCommand({
  updates: (options) =>
    inFolder(async (host) => {
      const measured = await measure(options, await startBench(host, say, options));
      if (!options.check) return report(measured);
      const { passes, line } = checkCpu(measured);
      if (!passes) process.exitCode = 1;
      return `${report(measured)}\n${line}`;
    }),
  lists: (options) => print(async (bench) => listsReport(await measureLists(options, bench))),
  costlyLists: (options) =>
    print(async (bench) => {
      const { text, holds } = costlyListsReport(await measureCostlyLists(options, bench));
      if (options.check && !holds) process.exitCode = 1;
      return text;
    }),
  floods: (options) => print(async (bench) => floodsReport(await measureFloods(options, bench))),
  export: (options) => print(async (bench) => exportReport(await measureExport(options, bench))),
  rebuild: (options) => print(async (bench) => rebuildReport(await measureRebuild(options, bench))),
  writes: (options) => print(async (bench) => writesReport(await measureWrites(options, bench))),
  replicas: (options) => print(async (bench) => replicasReport(await measureReplicas(options, bench))),
  indexes: (options) => print(async (bench) => indexesReport(await measureIndexes(options, bench))),
  replay: (options) => inFolder(async (host) => replayReport(options.logins, await measureReplay(options, host, say))),
  latency: (options) => print(async (bench) => pacedReport(await measureLatency(options, bench)), options),
  capacity: (options) =>
    inFolder(async (host) => capacityReport(await measureCapacity(options, await startBench(host, say), host))),
  drain: (options) => inFolder(async (host) => drainReport(await measureDrain(options, host, say))),
}).parseAsync();
