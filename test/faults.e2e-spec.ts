import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const SEED = '4';

interface Summary {
  fault: number;
  requests: { ok: number };
  events: number;
  violations: unknown[];
  remarks: string[];
}

describe('the fault harness in its short form', () => {
  it('kills gateways before and after a commit, under load: nothing is lost, doubled or told out of order', async () => {
    const { stdout } = await run(process.execPath, ['dist/test/faults/main.js', '--short', '--json', '--seed', SEED]).catch(
      (error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    const [episode, ...others] = JSON.parse(stdout) as Summary[];
    expect(others).toEqual([]);
    expect(episode).toMatchObject({ fault: 1, violations: [], remarks: [] });
    expect(episode!.requests.ok).toBeGreaterThan(50);
    expect(episode!.events).toBeGreaterThan(50);
  }, 240_000);
});
