import { Logger } from '@nestjs/common';
import { describeError } from '#app/http';
import { isTransientDatabaseError } from '#app/postgres';
import { InvalidSettings } from '#app/settings';
import { runAppTask } from '#app/terminal';
import { repair } from './repair/repair-task.js';

/** The gateway's part of the operator's repairs, which `npm run events` asks for and shows: this one does. */
Logger.overrideLogger(false);
await runAppTask(
  (run) => repair(process.argv.slice(2), run),
  (error) => {
    if (error instanceof InvalidSettings) return error.message;
    if (isTransientDatabaseError(error)) return 'The database does not answer.';
    return `Not done: ${JSON.stringify(describeError(error))}`;
  },
);
