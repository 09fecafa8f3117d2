import { describe, expect, it, jest } from '@jest/globals';
import { VERSION } from '#app/settings';
import { type CommanderError } from 'commander';
import { SCOPES } from '../../callers/api-token.scopes.js';
import type { TokenAdmin } from './token-admin.js';
import { tokenProgram } from './token.program.js';

const NOW = new Date('2030-01-01T12:00:00.000Z');

/** Runs the program on an admin that records its calls. */
async function read(...args: string[]) {
  const asked = {
    create: jest.fn<TokenAdmin['create']>(),
    list: jest.fn<TokenAdmin['list']>(),
    revoke: jest.fn<TokenAdmin['revoke']>(),
  };
  let printed = '';
  let said = '';
  const program = tokenProgram(
    async (work) => void (await work(asked as unknown as TokenAdmin)),
    () => NOW,
  );
  for (const command of [program, ...program.commands])
    command.configureOutput({ writeOut: (text) => void (printed += text), writeErr: (text) => void (said += text) });
  const error = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown as CommanderError,
  );
  const calls = Object.entries(asked).flatMap(([name, { mock }]) => mock.calls.map((call) => [name, ...call]));
  return { calls, printed, said, exitCode: error?.exitCode };
}

describe("when the token command's arguments are right", () => {
  it.each([
    [['list'], ['list', { json: false }]],
    [
      ['list', '--json'],
      ['list', { json: true }],
    ],
    [
      ['revoke', '7'],
      ['revoke', '7', { json: false, descendants: false }],
    ],
    [
      ['revoke', '7', '--descendants'],
      ['revoke', '7', { json: false, descendants: true }],
    ],
  ])('with %j / it asks for %j', async (args, call) => {
    expect((await read(...args)).calls).toEqual([call]);
  });

  it('with a new token / it asks for the body that the route takes', async () => {
    const { calls } = await read('create', '--name', 'ERP', '--scopes', 'contacts:read, contacts:write', '--json');
    const body = { name: 'ERP', scopes: ['contacts:read', 'contacts:write'], expires_at: undefined };
    expect(calls).toEqual([['create', body, { json: true }]]);
  });

  it('with the word for all scopes / it asks for each of them', async () => {
    expect((await read('create', '--scopes', 'all')).calls[0]?.[1]).toMatchObject({ scopes: SCOPES });
  });

  it.each([
    ['90d', '2030-04-01T12:00:00.000Z'],
    ['2030-02-01', '2030-02-01T00:00:00.000Z'],
    ['2030-02-01T10:00:00+01:00', '2030-02-01T09:00:00.000Z'],
  ])('with --expires %s / the token ends at %s', async (expires, time) => {
    expect((await read('create', '--expires', expires)).calls[0]?.[1]).toMatchObject({ expires_at: time });
  });

  it.each([[['--help']], [['create', '-h']]])('with %j / it prints the help and asks for nothing', async (args) => {
    const { calls, printed, exitCode } = await read(...args);
    expect([calls, exitCode]).toEqual([[], 0]);
    expect(printed).toContain('npm run token --');
  });

  it('with --version / it prints the release and asks for nothing', async () => {
    expect(await read('--version')).toEqual({ calls: [], printed: `${VERSION}\n`, said: '', exitCode: 0 });
  });

  it('when the help of a creation is asked for / it names every scope', async () => {
    const { printed } = await read('create', '--help');
    for (const scope of SCOPES) expect(printed.replace(/\s+/g, ' ')).toContain(scope);
  });
});

describe("when the token command's arguments are wrong", () => {
  it.each(['soon', '90', '2w', '2030-02-31', '2030-01-31T09:00'])(
    'with --expires %s / it names the forms that it takes, and asks for nothing',
    async (expires) => {
      const { calls, said } = await read('create', '--name', 'ERP', '--scopes', 'all', '--expires', expires);
      expect(calls).toEqual([]);
      expect(said).toContain('Say 90d (days from now), 2030-01-31 (its start in UTC) or 2030-01-31T09:00:00Z.');
    },
  );

  it.each([
    [[]],
    [['make']],
    [['revoke']],
    [['revoke', '1', '2']],
    [['list', '5']],
    [['list', '--name', 'x']],
    [['create', 'x']],
    [['create', '--colour', 'red']],
    [['create', '--name']],
  ])('with %j / it asks for nothing and fails', async (args) => {
    const { calls, exitCode } = await read(...args);
    expect(calls).toEqual([]);
    expect(exitCode).toBe(1);
  });
});
