import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExportPace } from './export-pace.js';

const requests = channel('http.server.request.start');
let now: number;
let pace: ExportPace;

beforeEach(() => {
  now = 0;
  pace = new ExportPace(() => now);
});
afterEach(() => pace.end());

/** Milliseconds of a rest after so much work. */
async function restAfter(workedMs: number): Promise<number> {
  now += workedMs;
  const began = performance.now();
  await pace.rest();
  return performance.now() - began;
}

describe('an export', () => {
  it('when no other request comes / does not rest', async () => {
    expect(await restAfter(50)).toBeLessThan(40);
  });

  it('when other requests come / rests twice as long as it worked, until none comes', async () => {
    requests.publish({});
    expect(await restAfter(20)).toBeGreaterThanOrEqual(39);
    expect(await restAfter(50)).toBeLessThan(40);
  });

  it('when it is over / no longer counts requests', () => {
    pace.end();
    expect(requests.hasSubscribers).toBe(false);
  });
});
