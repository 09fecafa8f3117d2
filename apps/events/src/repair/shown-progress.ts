import type { TaskProgress } from '#app/terminal';
import { progressOf } from '../progress.js';
import type { Tool } from '../tool.js';

/** Shows a task's progress, with one bar per part: a new total starts a new part. */
export function shownProgress(tool: Pick<Tool, 'stderr'>): (progress: TaskProgress) => void {
  let part: { total: number; done: number; show: (more: number) => void } | undefined;
  return ({ done, total }) => {
    if (part?.total !== total || done < part.done) part = { total, done: 0, show: progressOf(tool, total) };
    part.show(done - part.done);
    part.done = done;
  };
}
