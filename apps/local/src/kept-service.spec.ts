import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import type { ChildExit, RunningChild } from '#app/system';
import { KeptService } from './kept-service.js';
import { Screen } from './screen.js';

/** Above any process id: signals to it reach nobody. */
const NO_PROCESS = 2 ** 30;
let service: KeptService;
let starts: number;
let startAs: () => Promise<RunningChild>;
let end: (how: ChildExit) => void;
let lines: string[];

function child(): RunningChild {
  const { promise: exited, resolve } = Promise.withResolvers<ChildExit>();
  end = resolve;
  const stop = (): Promise<void> => (resolve({ code: 0, signal: null }), Promise.resolve());
  return { pid: NO_PROCESS, exited, stop };
}

beforeEach(() => {
  jest.useFakeTimers({ advanceTimers: false });
  [starts, lines] = [0, []];
  startAs = () => Promise.resolve(child());
  const start = (): Promise<RunningChild> => (starts++, startAs());
  const screen = new Screen((text) => void lines.push(text.trim().slice('12:34:56 '.length)));
  service = new KeptService({ name: 'auth', start }, child(), screen);
  void service.watch();
});
afterEach(() => void jest.useRealTimers());

describe('a program that an operator controls', () => {
  it('when it is stopped / stays stopped until it is started', async () => {
    await service.stopByOperator();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([service.state, service.pid, starts]).toEqual(['stopped', null, 0]);
    service.startByOperator();
    await jest.advanceTimersByTimeAsync(0);
    expect([service.state, service.pid, starts]).toEqual(['running', NO_PROCESS, 1]);
    expect(lines).toEqual(['auth is stopped', 'auth is started again']);
  });

  it('when it is stopped in the pause before a restart / is not started', async () => {
    end({ code: null, signal: 'SIGKILL' });
    await jest.advanceTimersByTimeAsync(100);
    expect(service.state).toBe('restarting');
    await service.stopByOperator();
    await jest.advanceTimersByTimeAsync(60_000);
    expect([service.state, starts]).toEqual(['stopped', 0]);
  });

  it('when it is killed / starts again by itself', async () => {
    service.kill();
    end({ code: null, signal: 'SIGKILL' });
    await jest.advanceTimersByTimeAsync(600);
    expect([service.state, starts]).toEqual(['running', 1]);
  });

  /** Ends it, and lets the time go on until it runs again. @returns the wait that was announced */
  async function restarted(): Promise<string> {
    end({ code: 1, signal: null });
    await jest.advanceTimersByTimeAsync(0);
    const line = lines.at(-1)!;
    await jest.advanceTimersByTimeAsync(30_000);
    expect(service.state).toBe('running');
    return line;
  }

  it('when it ends again and again / waits twice as long each time, at most half a minute', async () => {
    const waits: string[] = [];
    for (let ends = 0; ends < 8; ends++) waits.push(await restarted());
    const seconds = ['0.5', '1.0', '2.0', '4.0', '8.0', '16.0', '30.0', '30.0'];
    expect(waits).toEqual(seconds.map((wait) => `auth ended with code 1; starting it again in ${wait} s`));
    expect(starts).toBe(8);
  });

  it('when it ends after it has run for a minute / waits shortly again', async () => {
    for (let ends = 0; ends < 3; ends++) await restarted();
    await jest.advanceTimersByTimeAsync(61_000);
    expect(await restarted()).toContain('again in 0.5 s');
  });

  it('when it is frozen / says so, and a stop thaws it first, since a frozen process does not end', async () => {
    service.freeze();
    expect(service.state).toBe('frozen');
    const stopping = service.stopByOperator();
    expect(service.state).toBe('stopping');
    await stopping;
  });

  it('when it is stopped while it starts, and cannot be stopped / says why, runs on, and can be stopped again', async () => {
    let begin!: () => void;
    end({ code: null, signal: 'SIGKILL' });
    const stuck: RunningChild & { stop: () => Promise<void> } = {
      ...child(),
      stop: () => Promise.reject(new Error('auth has not ended within 10 s.')),
    };
    startAs = () => new Promise((resolve) => (begin = () => resolve(stuck)));
    await jest.advanceTimersByTimeAsync(600);
    await service.stopByOperator();
    begin();
    await jest.advanceTimersByTimeAsync(0);
    expect(lines).toContain('auth has not ended within 10 s.');
    expect([service.state, service.pid]).toEqual(['running', NO_PROCESS]);
    stuck.stop = () => (end({ code: 0, signal: null }), Promise.resolve());
    await service.stopByOperator();
    await jest.advanceTimersByTimeAsync(0);
    expect(service.state).toBe('stopped');
  });

  it('when the run ends while it is stopped / it is not started', async () => {
    await service.stopByOperator();
    await jest.advanceTimersByTimeAsync(0);
    service.close();
    await jest.advanceTimersByTimeAsync(60_000);
    expect(starts).toBe(0);
  });
});
