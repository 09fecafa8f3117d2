import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChildExit, RunningChild } from '#app/system';
import { Screen } from './screen.js';
import type { Service } from './kept-service.js';
import { Supervisor } from './supervisor.js';

/** A service whose children end on request. */
function fakeService() {
  const ends: ((end: ChildExit) => void)[] = [];
  const child = (): RunningChild => {
    const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
    ends.push(resolve);
    return { pid: ends.length, exited, stop: () => Promise.resolve() };
  };
  const start = jest.fn(() => Promise.resolve(child()));
  const service: Service = { name: 'gateway', start };
  return { service, first: child(), start, end: (how: ChildExit = { code: 1, signal: null }) => ends.at(-1)?.(how) };
}

const KILLED: ChildExit = { code: null, signal: 'SIGKILL' };
let lines: string[];
let supervisor: Supervisor;

beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
  lines = [];
  supervisor = new Supervisor(new Screen((text) => void lines.push(text.trim().slice('12:34:56 '.length))));
});
afterEach(() => void jest.useRealTimers());

describe('a supervisor', () => {
  it('when a child ends / prints one line and starts it again after a pause', async () => {
    const { service, first, start, end } = fakeService();
    supervisor.keep(service, first);
    end(KILLED);
    await jest.advanceTimersByTimeAsync(400);
    expect(start).not.toHaveBeenCalled();
    await jest.advanceTimersByTimeAsync(200);
    expect(start).toHaveBeenCalledTimes(1);
    expect(lines).toEqual(['gateway was ended by SIGKILL; starting it again in 0.5 s', 'gateway is started again']);
  });

  it('when a child ends repeatedly / waits longer each time, at most 30 s', async () => {
    const { service, first, end } = fakeService();
    supervisor.keep(service, first);
    for (let time = 0; time < 9; time += 1) {
      end();
      await jest.advanceTimersByTimeAsync(30_000);
    }
    const waits = lines.flatMap((line) => /again in ([\d.]+) s/.exec(line)?.[1] ?? []);
    expect(waits).toEqual(['0.5', '1.0', '2.0', '4.0', '8.0', '16.0', '30.0', '30.0', '30.0']);
  });

  it('when a child lived long in between / begins with the short pause', async () => {
    const { service, first, end } = fakeService();
    supervisor.keep(service, first);
    for (const _time of [1, 2]) {
      end();
      await jest.advanceTimersByTimeAsync(120_000);
    }
    expect(lines.filter((line) => line.includes('in 0.5 s'))).toHaveLength(2);
  });

  it('when a child cannot be started / prints why and tries again', async () => {
    const { service, first, start, end } = fakeService();
    start.mockRejectedValueOnce(new Error('port 3000 is taken'));
    supervisor.keep(service, first);
    end();
    await jest.advanceTimersByTimeAsync(2_000);
    expect(start).toHaveBeenCalledTimes(2);
    expect(lines).toContain('port 3000 is taken');
  });

  it('when it is stopping / starts nothing and prints nothing', async () => {
    const { service, first, start, end } = fakeService();
    supervisor.keep(service, first);
    supervisor.stop();
    end(KILLED);
    await jest.advanceTimersByTimeAsync(5_000);
    expect(start).not.toHaveBeenCalled();
    expect(lines).toEqual([]);
  });

  it('when it is stopped during a pause / starts no child', async () => {
    const { service, first, start, end } = fakeService();
    supervisor.keep(service, first);
    end(KILLED);
    await jest.advanceTimersByTimeAsync(100);
    supervisor.stop();
    await jest.advanceTimersByTimeAsync(5_000);
    expect(start).not.toHaveBeenCalled();
  });
});
