import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { describe, expect, it } from '@jest/globals';

const run = promisify(execFile);
const SEED = '4';

interface FaultResult {
  fault: number;
  requests: { ok: number };
  events: number;
  violations: unknown[];
  remarks: string[];
}

describe('the fault harness in its short form', () => {
  it('when gateways are killed before and after a commit under load / finds no event lost, doubled or out of order', async () => {
    const { stdout } = await run(process.execPath, ['dist/test/faults/main.js', '--short', '--json', '--seed', SEED]).catch(
      (error: Error & { stdout: string; stderr: string }) => {
        throw new Error(`${error.stdout}\n${error.stderr}`);
      },
    );
    const { faults } = JSON.parse(stdout) as { faults: FaultResult[] };
    expect(faults).toMatchObject([{ fault: 1, violations: [], remarks: [] }]);
    for (const { requests, events } of faults) {
      expect(requests.ok).toBeGreaterThan(50);
      expect(events).toBeGreaterThan(50);
    }
  }, 240_000);
});
