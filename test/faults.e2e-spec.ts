import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const SEED = '4';

describe('the fault harness in its short form', () => {
  it('kills gateways before and after a commit, under load: nothing is lost, doubled or told out of order', async () => {
    const { stdout } = await run(process.execPath, ['dist/test/faults/main.js', '--short', '--seed', SEED]).catch(
      (error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    const rows = stdout.split('\n').filter((line) => /^\| \d/.test(line));
    const cells = rows.map((row) => row.split('|').map((cell) => cell.trim()));
    expect(cells.map(([, number]) => number)).toEqual(['1']);
    for (const [, , , ok, , , events, , violations, remarks] of cells) {
      expect([Number(ok) > 50, Number(events) > 50, violations, remarks]).toEqual([true, true, '0', '']);
    }
  }, 240_000);
});
