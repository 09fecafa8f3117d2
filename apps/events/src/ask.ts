import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Interrupted, Refused } from './events.errors.js';
import { note, type Tool } from './tool.js';

/**
 * Asks before an action that cannot be undone.
 * @throws {Refused} if the answer is not yes, or there is no terminal
 * @throws {Interrupted} if Ctrl-C was pressed, also where yes was said before
 */
export async function requireYes(tool: Tool, question: string, isSaidBefore: boolean | undefined): Promise<void> {
  if (tool.signal.aborted) throw new Interrupted();
  if (isSaidBefore) return;
  note(tool, question);
  if (!tool.stdin.isTTY) throw new Refused('Nobody is there to answer: --yes says so beforehand. Nothing was done.');
  // With its own stream, Ctrl-C would go to the reader.
  const lines = createInterface({ input: tool.stdin });
  try {
    tool.stderr.write('Go on? [y/N] ');
    // A closed input is not a yes.
    const closed = once(lines, 'close').then(() => '');
    const answer = await Promise.race([lines.question('', { signal: tool.signal }), closed]);
    if (!/^y(es)?$/i.test(answer.trim())) throw new Refused('Nothing was done.');
  } catch (error) {
    if (!tool.signal.aborted) throw error;
    note(tool, '');
    throw new Interrupted();
  } finally {
    lines.close();
  }
}
