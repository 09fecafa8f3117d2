import { once } from 'node:events';
import { createInterface } from 'node:readline/promises';
import { Interrupted, Refused } from './events.errors.js';
import { note, type Tool } from './tool.js';

/**
 * Asks before what can't be undone.
 * @throws {Refused} where the answer is not yes, or nobody is there to ask
 */
export async function requireYes(tool: Tool, question: string, isSaidBefore: boolean | undefined): Promise<void> {
  if (isSaidBefore) return;
  note(tool, question);
  if (!tool.stdin.isTTY) throw new Refused('Nobody is there to answer: --yes says so beforehand. Nothing was done.');
  // With a stream of its own a Ctrl-C would be the reader's.
  const lines = createInterface({ input: tool.stdin });
  try {
    tool.stderr.write('Go on? [y/N] ');
    // Whoever closes the input has not said yes.
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
