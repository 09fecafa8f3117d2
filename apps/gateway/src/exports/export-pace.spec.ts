import { channel } from 'node:diagnostics_channel';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { ExportPace } from './export-pace.js';

const requests = channel('http.server.request.start');
let now: number;
let pace: ExportPace;
/** The rests so far, in milliseconds. */
let rests: number[];
let whileAsleep: (() => void) | undefined;

beforeEach(() => {
  now = 0;
  rests = [];
  whileAsleep = undefined;
  const sleep = (ms: number): Promise<unknown> => {
    rests.push(ms);
    whileAsleep?.();
    return Promise.resolve();
  };
  pace = new ExportPace({ now: () => now, sleep });
});
afterEach(() => pace.end());

async function restAfter(workedMs: number): Promise<void> {
  now += workedMs;
  await pace.rest();
}

describe('an export', () => {
  it('when no other request comes / does not rest', async () => {
    await restAfter(50);
    expect(rests).toEqual([]);
  });

  it('when other requests come / rests three times as long as it worked, until none comes', async () => {
    requests.publish({});
    await restAfter(5);
    await restAfter(50);
    expect(rests).toEqual([15]);
  });

  it('when requests come only while it rests / rests again', async () => {
    requests.publish({});
    whileAsleep = () => requests.publish({});
    await restAfter(5);
    await restAfter(5);
    whileAsleep = undefined;
    await restAfter(5);
    await restAfter(5);
    expect(rests).toEqual([15, 15, 15]);
  });

  it('when a page takes long / rests for 20 ms, so that an export of a million rows ends', async () => {
    requests.publish({});
    await restAfter(50);
    expect(rests).toEqual([20]);
  });

  it('when it is over / no longer counts requests', () => {
    pace.end();
    expect(requests.hasSubscribers).toBe(false);
  });
});
