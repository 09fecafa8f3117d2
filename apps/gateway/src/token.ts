import { npmsOption } from '#app/terminal';
import { CommanderError } from 'commander';
import { tokenProgram, type RunOnTokens } from './tokens/cli/token.program.js';

/** Loads the gateway's part late: the help needs no ORM. */
const run: RunOnTokens = async (work) => {
  const { explain, isWrongUsage, onNamedDatabase } = await import('./token-context.js');
  try {
    console.log(await onNamedDatabase(work));
  } catch (error) {
    console.error(explain(error));
    process.exitCode = isWrongUsage(error) ? 2 : 1;
  }
};

try {
  const program = tokenProgram(run);
  const taken = npmsOption(program, process.argv.slice(2));
  if (taken !== undefined) program.error(taken, { exitCode: 2 });
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
