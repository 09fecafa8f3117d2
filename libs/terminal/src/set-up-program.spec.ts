import { describe, expect, it } from '@jest/globals';
import type { CommanderError } from 'commander';
import { setUpProgram } from './set-up-program.js';

/** Runs the program of a set-up that records what is done and printed. */
async function read(...args: string[]): Promise<{ done: string[]; printed: string; exitCode: number | undefined }> {
  const done: string[] = [];
  let printed = '';
  const names = { database: 'd', owner: 'o', role: 'r' };
  const program = setUpProgram(
    {
      command: 'node set-up.js',
      description: 'Sets up.',
      version: '1.2.3',
      settings: 'NONE',
      grants: names,
      principals: { gateway: 'User:gateway' },
      run: () => Promise.resolve(void done.push('set-up')),
      acls: (principals) => `acls of ${principals['gateway']}`,
      grantStatements: ({ database, owner, role }) => `grants of ${database}, ${owner}, ${role}`,
    },
    (text) => void (printed += text),
  ).exitOverride();
  program.configureOutput({ writeOut: (text) => void (printed += text), writeErr: () => undefined });
  const error = await program.parseAsync(args, { from: 'user' }).then(
    () => undefined,
    (thrown: unknown) => thrown as CommanderError,
  );
  return { done, printed, exitCode: error?.exitCode };
}

describe('when a set-up is called', () => {
  it('without an option / it sets up', async () => {
    expect(await read()).toEqual({ done: ['set-up'], printed: '' });
  });

  it('with --version / it prints the release and does nothing', async () => {
    expect(await read('--version')).toEqual({ done: [], printed: '1.2.3\n', exitCode: 0 });
  });

  it('with --print-acls and the user of a task / it prints the ACLs of that user and does nothing', async () => {
    expect(await read('--print-acls', '--principal', 'gateway=User:CN=g')).toEqual({ done: [], printed: 'acls of User:CN=g' });
  });

  it('with --print-grants and a role / it prints the grants of that role and does nothing', async () => {
    expect(await read('--print-grants', '--role', 'app')).toEqual({ done: [], printed: 'grants of d, o, app' });
  });

  it.each([[['--print-all']], [['now']], [['--print-acls', '--principal', 'nobody=x']]])(
    'with %j / it does nothing and ends with an error',
    async (args) => {
      expect(await read(...args)).toMatchObject({ done: [], exitCode: 1 });
    },
  );
});
