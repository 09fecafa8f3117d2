import { describe, expect, it } from '@jest/globals';
import { benchCommand, type Subjects } from './options.js';

const NAMES = ['updates', 'floods', 'lists', 'costlyLists', 'export', 'rebuild', 'drain', 'writes', 'replicas', 'indexes'];

/** Reads a command line. @returns the name of the subject that it measures */
async function read(...args: string[]): Promise<string> {
  let measured = '';
  const subjects = Object.fromEntries(
    [...NAMES, 'replay', 'latency', 'capacity'].map((name) => [name, () => Promise.resolve(void (measured = name))]),
  ) as unknown as Subjects;
  const command = benchCommand(subjects);
  for (const each of [command, ...command.commands]) each.exitOverride().configureOutput({ writeErr: () => undefined });
  await command.parseAsync(args, { from: 'user' });
  return measured;
}

describe('the subjects of npm run bench', () => {
  it.each([
    [[], 'updates'],
    [['--rounds', '1'], 'updates'],
    [['costly-lists', '--lists', '3'], 'costlyLists'],
  ])('when it is called with %j / measures %s', async (args, subject) => {
    expect(await read(...args)).toBe(subject);
  });

  it('when there is no such subject / names it', async () => {
    await expect(read('list')).rejects.toThrow('error: there is no subject list: --help prints them.');
  });

  it('when an argument follows a subject / says that it takes none', async () => {
    await expect(read('updates', 'lists')).rejects.toThrow("too many arguments for 'updates'");
  });
});
