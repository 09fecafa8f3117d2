import { spawnSync } from 'node:child_process';

/** Whether a program is on the path. */
export const hasProgram = (name: string): boolean => spawnSync(name, ['--version']).error === undefined;

/** Reports that a check is left out because a program is missing; in CI it fails. */
export function missing(programs: string, remedy = 'bash deploy/tools.sh'): void {
  const text = `NOT CHECKED: ${programs} is not here. Run: ${remedy}`;
  if (process.env['CI']) throw new Error(text);
  process.stderr.write(`\n  ${text}\n`);
}
