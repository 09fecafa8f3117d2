import { VERSION } from '#app/settings';
import { npmsOption } from '#app/terminal';
import { Command, CommanderError } from 'commander';
import { auditCommand } from './audit/audit.command.js';
import type { AddCommand, Run } from './command.js';
import { DEAD_LETTER_COMMANDS } from './dead-letters/dead-letters.commands.js';
import { dumpCommand } from './dump/dump.command.js';
import { explain } from './explain.js';
import { EXIT, type ExitCode } from './exit-code.js';
import { isInterruption, WrongUsage } from './events.errors.js';
import { forwardCommand } from './forward/forward.command.js';
import { lagCommand } from './lag/lag.command.js';
import { lookAlikesCommand } from './look-alikes/look-alikes.command.js';
import { REPAIR_COMMANDS } from './repair/commands.js';
import { exportPersonCommand } from './person/export-person.command.js';
import { recordCommand } from './record/record.command.js';
import { replayCommand } from './replay/replay.command.js';
import { SCHEMA_COMMANDS } from './schemas/schemas.commands.js';
import { showCommand } from './show/show.command.js';
import { tailCommand } from './tail/tail.command.js';
import { note, type Tool } from './tool.js';

/** In the order of the help. */
const COMMANDS: readonly AddCommand[] = [
  tailCommand,
  showCommand,
  recordCommand,
  replayCommand,
  forwardCommand,
  ...DEAD_LETTER_COMMANDS,
  lagCommand,
  auditCommand,
  lookAlikesCommand,
  exportPersonCommand,
  dumpCommand,
  ...SCHEMA_COMMANDS,
  ...REPAIR_COMMANDS,
];

const AFTER_HELP = `
Every command has a --help with examples, and --json for machines (npm's own lines go with \`npm run --silent events\`).

Kafka is that of KAFKA_BROKERS (KAFKA_SSL, KAFKA_SASL_…, TOPIC_PREFIX, TOPIC_PARTITIONS), the databases are those of GATEWAY_DATABASE_URL and
AUTH_DATABASE_URL. Where none of the three is set, all are those of \`npm start\` in DATA_DIR (.data), which has to be running.
Without npm: node dist/apps/events/src/main.js, with those set that the command needs.

Exit code: 0 done, 1 refused or not possible, 2 called wrongly, 3 done and something was found, 130 interrupted.`;

/** Runs the command of the arguments; never throws. @returns the exit code */
export async function runEvents(args: readonly string[], tool: Tool): Promise<ExitCode> {
  let code: ExitCode = EXIT.done;
  const run: Run = async (work) => {
    code = (await work()) ?? EXIT.done;
  };
  try {
    const program = programOf(tool, run);
    const taken = npmsOption(program, args, tool.env.ofTasks);
    if (taken !== undefined) throw new WrongUsage(taken);
    await program.parseAsync(args, { from: 'user' });
    return code;
  } catch (error) {
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.done : EXIT.wrongUsage;
    // Without Ctrl-C, the reader of a pipe has closed it.
    if (isInterruption(error)) return tool.signal.aborted ? EXIT.interrupted : EXIT.done;
    note(tool, explain(error));
    return error instanceof WrongUsage ? EXIT.wrongUsage : EXIT.notDone;
  }
}

/** The commands of the tool, each with its options. */
export function programOf(tool: Tool, run: Run): Command {
  const program = new Command('npm run events --')
    .description('Reads, records, replays and repairs what contact-sync publishes.')
    .version(VERSION)
    // Before the commands: each copies these settings when it is added.
    .exitOverride()
    .configureOutput({
      writeOut: (text) => void tool.stdout.write(text),
      writeErr: (text) => void tool.stderr.write(text),
    })
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', AFTER_HELP);
  for (const add of COMMANDS) add(program, run, tool);
  return program;
}
