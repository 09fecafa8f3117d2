import { expect, it } from '@jest/globals';
import { WriteStream } from 'node:tty';
import { paintFor } from './colours.js';

/** A terminal, in an environment. */
const terminal = (environment: NodeJS.ProcessEnv) => ({
  isTTY: true,
  write: () => undefined,
  hasColors: () => WriteStream.prototype.getColorDepth(environment) > 1,
});

it.each<[NodeJS.ProcessEnv, boolean]>([
  [{ TERM: 'xterm-256color' }, true],
  [{ TERM: 'xterm-256color', NO_COLOR: '1' }, false],
  [{ TERM: 'dumb' }, false],
])('on a terminal with %j / text is coloured: %s', (environment, isColoured) => {
  expect(paintFor(terminal(environment))('red', 'x') !== 'x').toBe(isColoured);
});
