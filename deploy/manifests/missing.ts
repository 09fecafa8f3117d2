import { spawnSync } from 'node:child_process';

/** Whether a program is on the path. */
export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).error === undefined;

/** Says that a check is left out, for want of a program; where everything has to be checked that is a failure. */
export function missing(programs: string): void {
  const text = `NOT CHECKED: ${programs} is not here. Run: bash deploy/tools.sh`;
  if (process.env['CI']) throw new Error(text);
  process.stderr.write(`\n  ${text}\n`);
}
