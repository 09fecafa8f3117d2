import { describe, expect, it } from '@jest/globals';
import { ProgressBar } from './progress-bar.js';

describe('the progress bar', () => {
  const shown = (isTTY: boolean): string[] => {
    const written: string[] = [];
    let now = 0;
    const bar = new ProgressBar(2_000, { isTTY, write: (text: string) => void written.push(text) }, () => now);
    for (const done of [500, 550, 2_000]) {
      now = done * 40;
      bar.show(done);
    }
    return written;
  };

  it('on a terminal / is one line that is overwritten, with the estimated time left', () => {
    const lines = shown(true);
    expect(lines.every((line) => line.startsWith('\r'))).toBe(true);
    expect(lines[0]).toContain('25 %  500 of 2,000  0:20, 1:00 to go');
    expect(lines.at(-1)).toMatch(/100 %.*0:00 to go \n$/);
  });

  it('on another stream / is a line for each tenth', () => {
    expect(shown(false)).toHaveLength(2);
  });
});
