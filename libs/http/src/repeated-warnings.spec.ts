import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { currentContext, runInContext } from './request-context.js';
import { RepeatedWarnings } from './repeated-warnings.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('when a warning repeats / logs the first at once, the next ones as a number, and starts again after a quiet time', () => {
  const lines: unknown[] = [];
  const warnings = new RepeatedWarnings({ warn: (line: unknown) => void lines.push(line) }, 1_000);
  for (let time = 0; time < 500; time++) warnings.warn('away', { msg: 'Away.', err: 'why' });
  warnings.warn('full', { msg: 'Full.' });
  expect(lines).toEqual([{ msg: 'Away.', err: 'why' }, { msg: 'Full.' }]);
  jest.advanceTimersByTime(1_000);
  expect(lines.slice(2)).toEqual([{ msg: 'Away.', code: 'away', repeats: 499 }]);
  jest.advanceTimersByTime(1_000);
  warnings.warn('away', { msg: 'Away.' });
  expect(lines.slice(3)).toEqual([{ msg: 'Away.' }]);
});

it('when a warning sums up repeats / it carries the id of no request', () => {
  const ids: (string | undefined)[] = [];
  const warnings = new RepeatedWarnings({ warn: () => void ids.push(currentContext()?.requestId) }, 1_000);
  runInContext({ requestId: 'first' }, () => warnings.warn('away', { msg: 'Away.' }));
  runInContext({ requestId: 'second' }, () => warnings.warn('away', { msg: 'Away.' }));
  jest.advanceTimersByTime(1_000);
  expect(ids).toEqual(['first', undefined]);
});
