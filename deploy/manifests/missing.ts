import { spawnSync } from 'node:child_process';

/** Whether a program is on the path. */
export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).error === undefined;

/** Reports that a check is left out because a program is missing; in CI it fails. */
export function missing(programs: string): void {
  const text = `NOT CHECKED: ${programs} is not here. Run: bash deploy/tools.sh`;
  if (process.env['CI']) throw new Error(text);
  process.stderr.write(`\n  ${text}\n`);
}
