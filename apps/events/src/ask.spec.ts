import { PassThrough } from 'node:stream';
import { describe, expect, it } from '@jest/globals';
import { requireYes } from './ask.js';
import { Interrupted, Refused } from './events.errors.js';
import type { Tool } from './tool.js';

/** A terminal with somebody at it, or none. */
function asked(isTTY: boolean) {
  const stdin = Object.assign(new PassThrough(), { isTTY });
  const stop = new AbortController();
  let said = '';
  const stderr = { write: (text: string) => (said += text) };
  const tool = { stdin, stderr, signal: stop.signal } as unknown as Tool;
  const answered = (yes?: boolean) => requireYes(tool, 'All will go.', yes);
  return { stdin, stop, answered, said: () => said };
}

describe('when an action cannot be undone', () => {
  it.each(['y', 'Y', 'yes', ' yes '])('and the answer is %j / it goes on', async (answer) => {
    const { stdin, answered, said } = asked(true);
    stdin.write(`${answer}\n`);
    await answered();
    expect(said()).toBe('All will go.\nGo on? [y/N] ');
  });

  it.each(['', 'n', 'yea', 'no yes'])('and the answer is %j / it does nothing', async (answer) => {
    const { stdin, answered } = asked(true);
    stdin.write(`${answer}\n`);
    await expect(answered()).rejects.toThrow(Refused);
  });

  it('and the input ends / it does nothing', async () => {
    const { stdin, answered } = asked(true);
    stdin.end();
    await expect(answered()).rejects.toThrow('Nothing was done.');
  });

  it('and Ctrl-C is pressed / it does nothing', async () => {
    const { stop, answered } = asked(true);
    const answer = answered();
    stop.abort();
    await expect(answer).rejects.toThrow(Interrupted);
  });

  it('and Ctrl-C was pressed before, with --yes given / it does nothing', async () => {
    const { stop, answered } = asked(false);
    stop.abort();
    await expect(answered(true)).rejects.toThrow(Interrupted);
  });

  it('and there is no terminal / it is refused, unless --yes is given', async () => {
    const { answered } = asked(false);
    await expect(answered()).rejects.toThrow(/--yes says so beforehand/);
    await answered(true);
  });
});
