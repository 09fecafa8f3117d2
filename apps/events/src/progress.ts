import { ProgressBar } from '#app/terminal';
import type { Tool } from './tool.js';

/** A quick action needs no bar in a log. */
const WORTH_SAYING = 1_000;

/** Shows progress on the error stream. @returns adds to what is done */
export function progressOf({ stderr }: Pick<Tool, 'stderr'>, total: number): (more: number) => void {
  if (total === 0 || (total < WORTH_SAYING && !stderr.isTTY)) return () => undefined;
  const bar = new ProgressBar(total, stderr);
  let done = 0;
  return (more) => bar.show((done += more));
}
