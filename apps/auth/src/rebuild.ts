import { Logger } from '@nestjs/common';
import { kafkaDefectOf, ReplayStopped } from '#app/messaging';
import { connectionDefectOf, describeError, isDatabaseAway, UnfitDatabase } from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { runAppTask, TaskRefused } from '#app/terminal';
import { readRebuildEnv } from './env.js';
import { rebuild, REBUILD_STEPS } from './rebuild/rebuild-task.js';

/** The work of the operator's command `rebuild auth`; the events tool asks and shows. */
Logger.overrideLogger(false);
await runAppTask(
  (run) => {
    const step = REBUILD_STEPS.find((known) => known === process.argv[2]);
    if (!step) throw new TaskRefused(`Say which step: ${REBUILD_STEPS.join(', ')}.`);
    return rebuild(step, readRebuildEnv(), run);
  },
  (error) => {
    if ([InvalidSettings, ReplayStopped, UnfitDatabase].some((kind) => error instanceof kind)) return (error as Error).message;
    const defect = kafkaDefectOf(error);
    if (defect) return defect;
    if (isDatabaseAway(error)) return connectionDefectOf(error) ?? 'The database does not answer.';
    return `Not done: ${JSON.stringify(describeError(error))}`;
  },
);
