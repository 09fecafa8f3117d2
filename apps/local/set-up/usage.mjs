import { SetUpFailed } from './failure.mjs';

/** What `npm run <command> -- --help` prints, and the options that the command knows. Those of test, token and events have their own. */
const COMMANDS = {
  start: {
    options: ['--ephemeral'],
    usage: `npm start -- [options]
  sets everything up, runs the whole system on this machine and shows what to try; Ctrl-C stops it, the data stay in .data
  --ephemeral   with data of its own, which are removed at its end
Two clones side by side: PORT_OFFSET=100 npm start moves every port by 100. All settings: docs/settings.md`,
  },
  stop: {
    options: [],
    usage: `npm run stop
  ends what npm start runs, like Ctrl-C in its terminal; the data stay, those of an ephemeral run go`,
  },
  status: {
    options: ['--json', '--env'],
    usage: `npm run status -- [options]
  says what of npm start runs, where, and whether it is well; exit code 3: nothing runs
  --json   for scripts
  --env    lines to evaluate: eval "$(npm run --silent status -- --env)"`,
  },
  reset: {
    options: ['--yes'],
    usage: `npm run reset -- [options]
  removes the data of npm start, so that the next start begins anew: databases, topics, logs, secrets with the API token;
  only in a folder that npm start has taken for them, and nothing else there
  --yes    without asking`,
  },
};

/**
 * The text to print in place of the command, or undefined.
 * @throws {SetUpFailed} where an option is unknown
 */
export function helpFor(command, options) {
  const known = COMMANDS[command];
  if (!known) return undefined;
  if (options.some((option) => ['--help', '-h', 'help'].includes(option))) return known.usage;
  const unknown = options.find((option) => !known.options.includes(option));
  if (unknown) throw new SetUpFailed(`${command} has no option ${unknown}.\n${known.usage}`);
  return undefined;
}

/** Flags of the commands with a help of their own that npm takes where there is no `--`. */
const OTHERS = { events: ['--no-follow', '--json'], token: ['--json'] };

/** npm users set it for npm itself; without it a command only asks. */
const NPMS_OWN = '--yes';

/** The options, and those that npm took for its own because there was no `--` before them. */
export function optionsWithNpms(command, options) {
  const flags = COMMANDS[command]?.options ?? OTHERS[command] ?? [];
  return [...options, ...flags.filter((flag) => flag !== NPMS_OWN && !options.includes(flag) && isNpms(flag))];
}

/** npm hands on an option as a variable: `true`, or empty after `--no-`. */
const isNpms = (flag) =>
  flag.startsWith('--no-')
    ? process.env[`npm_config_${flag.slice('--no-'.length)}`] === ''
    : process.env[`npm_config_${flag.slice('--'.length)}`] === 'true';
