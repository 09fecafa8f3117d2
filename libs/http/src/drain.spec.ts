import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Drain } from './drain.js';

/** The process has ended by then, after the notice. */
const END_MS = 10_000;
let exit: jest.SpiedFunction<typeof process.exit>;

beforeEach(() => {
  jest.useFakeTimers();
  exit = jest.spyOn(process, 'exit').mockImplementation(() => undefined as never);
});
afterEach(() => {
  jest.useRealTimers();
  jest.restoreAllMocks();
});

/** The drain of an app whose later steps of the shutdown hang. */
async function hanging(drain: Drain): Promise<void> {
  const notice = drain.onModuleDestroy();
  await jest.advanceTimersByTimeAsync(0);
  await notice;
  await jest.advanceTimersByTimeAsync(END_MS);
}

it('when a step of the shutdown hangs after a signal / the process ends all the same', async () => {
  const drain = new Drain(0);
  drain.noteSignals();
  process.emit('SIGTERM', 'SIGTERM');
  await hanging(drain);
  expect(exit).toHaveBeenCalledWith(1);
});

it('when an app is closed by its own process / the process goes on', async () => {
  const listeners = process.listenerCount('SIGTERM');
  const drain = new Drain(0);
  drain.noteSignals();
  await hanging(drain);
  expect(exit).not.toHaveBeenCalled();
  expect(process.listenerCount('SIGTERM')).toBe(listeners);
});
