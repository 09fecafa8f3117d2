import { npmsOption } from '#app/terminal';
import { CommanderError } from 'commander';
import { tokenProgram, type RunOnTokens } from './tokens/cli/token.program.js';

/** Loads the gateway's part late: the help needs no ORM. */
const run: RunOnTokens = async (work) => {
  const { explain, isWrongUsage, onNamedDatabase } = await import('./token-context.js');
  try {
    process.stdout.write(`${await onNamedDatabase(work)}\n`);
  } catch (error) {
    console.error(explain(error));
    process.exitCode = isWrongUsage(error) ? 2 : 1;
  }
};

const program = tokenProgram(run);
// A closed pipe can have had what its reader wanted, but for a new token. `console.log` would pass over each error.
process.stdout.on('error', ({ code, message }: NodeJS.ErrnoException) => {
  if (code === 'EPIPE' && program.args[0] !== 'create') return;
  console.error(`Standard output can't be written: ${code ?? message}. A token that was made is not shown again: revoke it.`);
  process.exitCode = 1;
});
try {
  const taken = npmsOption(program, process.argv.slice(2));
  if (taken !== undefined) program.error(taken, { exitCode: 2 });
  await program.parseAsync();
} catch (error) {
  if (!(error instanceof CommanderError)) throw error;
  process.exitCode = error.exitCode === 0 ? 0 : 2;
}
