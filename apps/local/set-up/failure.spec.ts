import { expect, it } from '@jest/globals';

interface FailureModule {
  SetUpFailed: new (message: string) => Error;
  textOf: (error: unknown) => string;
}
const FILE = './failure.mjs';
const { SetUpFailed, textOf } = (await import(FILE)) as FailureModule;

const failed = (code: string) =>
  Object.assign(new Error(`${code}: no, open '/clone/.cache/x'`), { code, path: '/clone/.cache/x' });

it.each(['EACCES', 'EPERM', 'EROFS'])(
  'when set-up ends by %s / its text names the file and what to do, without a stack',
  (code) => {
    expect(textOf(failed(code))).toBe(
      `/clone/.cache/x can't be used by this user (${code}). It belongs to another one, as after a start by sudo, or its disk is read-only: give clone and data to the user who starts.`,
    );
  },
);

it('when set-up ends by a known failure / its text is the message; by another error / it has the stack', () => {
  const other = failed('EIO');
  expect([textOf(new SetUpFailed('Why.')), textOf(other)]).toEqual(['Why.', other.stack]);
});
