import { describe, expect, it } from '@jest/globals';
import { StartFailed } from '#app/system';
import { InvalidSettings } from '#app/settings';
import { failuresOf } from './failures.js';

describe('what a person reads of a failed start', () => {
  it('when settings are wrong / is a line for each', () => {
    expect(failuresOf(new InvalidSettings(['A is wrong.', 'B is wrong.']))).toEqual(['A is wrong.', 'B is wrong.']);
  });

  it.each([
    new StartFailed('PostgreSQL did not start.\ncould not write: No space left on device'),
    Object.assign(new Error('ENOSPC: no space left on device, write'), { code: 'ENOSPC' }),
  ])('when the disk is full / says so first', (error) => {
    expect(failuresOf(error)[0]).toBe('A disk is full. Make room, or set DATA_DIR to a folder on another disk.');
  });

  it('when a program wrote colours / leaves them out', () => {
    expect(failuresOf(new StartFailed('failed: \u001b[31mred\u001b[39m'))).toEqual(['failed: red']);
  });
});

it.each(['EACCES', 'EPERM', 'EROFS'])(
  'when a file of another user ends it by %s / names the file and what to do, without a stack',
  (code) => {
    const error = Object.assign(new Error(`${code}: no, open '/data/x'`), { code, path: '/data/x' });
    expect(failuresOf(error)).toEqual([
      expect.stringMatching(/^\/data\/x can't be used by this user \(E\w+\)\. It belongs to another one/),
    ]);
  },
);
