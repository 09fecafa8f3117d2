import type { Command, Option } from 'commander';

/** npm users set it for npm itself; without it a command only asks. */
const NPMS_OWN = '--yes';

/**
 * What to say where npm took an option of the called command for its own, as it does without `--`: it hands it on as a variable, and
 * the command would run without it. Undefined where it took none.
 */
export function npmsOption(program: Command, args: readonly string[], env: NodeJS.ProcessEnv = process.env): string | undefined {
  if (env['npm_lifecycle_event'] === undefined) return undefined;
  const [command, names] = calledOf(program, args);
  const taken = command.options.find(
    ({ long }) => long && long !== NPMS_OWN && !args.some((arg) => isOf(arg, long)) && isNpms(long),
  );
  return (
    taken &&
    `npm took ${taken.long} for itself: put -- before the options, as in ${[program.name(), ...names, textOf(taken)].join(' ')}`
  );

  function isNpms(long: string): boolean {
    const [, no, name] = /^--(no-)?(.+)$/.exec(long)!;
    const value = env[`npm_config_${name!.replaceAll('-', '_')}`];
    return no ? value === '' : value !== undefined && value !== '';
  }
}

const isOf = (arg: string, long: string): boolean => arg === long || arg.startsWith(`${long}=`);

/** The command that the arguments call, and its names. */
function calledOf(program: Command, args: readonly string[]): [Command, string[]] {
  const names: string[] = [];
  let command = program;
  for (const arg of args) {
    const next = command.commands.find((each) => each.name() === arg);
    if (!next) break;
    names.push(arg);
    command = next;
  }
  return [command, names];
}

const textOf = ({ flags, long }: Option): string => flags.split(/, */).find((flag) => flag.startsWith(long!)) ?? long!;
