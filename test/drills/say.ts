/** Prints lines with the seconds since the command's start. */
export function sayer(out: NodeJS.WriteStream = process.stderr): (line: string) => void {
  const began = performance.now();
  return (line) => void out.write(`${((performance.now() - began) / 1_000).toFixed(1).padStart(7)} s  ${line}\n`);
}
