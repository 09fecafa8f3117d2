/** Says that a check is left out, for want of a program; where everything has to be checked that is a failure. */
export function missing(programs: string): void {
  const text = `NOT CHECKED: ${programs} is not here. Run: bash deploy/tools.sh`;
  if (process.env['CI']) throw new Error(text);
  process.stderr.write(`\n  ${text}\n`);
}
