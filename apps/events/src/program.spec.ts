import { describe, expect, it } from '@jest/globals';
import type { Command } from 'commander';
import { EventsEnv } from './env.js';
import { programOf } from './program.js';
import { startTool } from './tool.fixtures.js';
import type { Tool } from './tool.js';

const run = (...args: string[]) => startTool({}, args).ended;

const tool = { env: new EventsEnv({}) } as Tool;
const program = programOf(tool, () => Promise.resolve());

/** The names of all commands that do something. */
const commandsOf = ({ commands }: Command, before = ''): string[] =>
  commands.flatMap((command) =>
    command.commands.length > 0 ? commandsOf(command, `${command.name()} `) : [`${before}${command.name()}`],
  );

describe('the events tool', () => {
  it('when help is asked for / lists commands and exit codes', async () => {
    const { code, out, err } = await run('--help');
    expect([code, err]).toEqual([0, '']);
    expect(out).toMatch(/tail [^]*show [^]*record [^]*replay [^]*dead-letters[^]*lag /);
    expect(out).toContain('Exit code: 0 done, 1 refused or not possible, 2 called wrongly');
  });

  it.each(commandsOf(program))('when the help of %s is asked for / has examples and --json', async (command) => {
    const { code, out } = await run(...command.split(' '), '--help');
    expect(code).toBe(0);
    expect(out).toMatch(/Examples?\n {2}npm run (--silent )?events -- /);
    expect(out).toContain('--json');
  });

  it.each<[string, string[], RegExp]>([
    ['a command is unknown', ['tial'], /unknown command 'tial'[^]*Did you mean tail/],
    ['an option is unknown', ['lag', '--fast'], /unknown option '--fast'/],
    ['an argument is missing', ['show'], /missing required argument 'contact'/],
    ['a value is wrong', ['show', 'x'], /A contact is named by its id/],
    ...['tail', 'forward --to http://h', 'record f', 'replay', 'audit', 'refresh-quiet'].map(
      (command): [string, string[], RegExp] => [
        `${command} is to begin in the future`,
        [...command.split(' '), '--since', '2100-01-01'],
        /'--since <time>' argument '2100-01-01' is invalid. That time is still to come/,
      ],
    ),
    ['options exclude each other', ['tail', '--from', 'end', '--since', '1h'], /cannot be used with/],
    ['nothing says where to', ['replay', '--topic', 'logins'], /Say where to: --to-topic or --to-group/],
    ['a file is to go to a group', ['replay', 'a.jsonl', '--to-group', 'g'], /A group reads from Kafka/],
  ])('when %s / prints an error, and ends with 2', async (_, args, said) => {
    const { code, out, err } = await run(...args);
    expect([code, out]).toEqual([2, '']);
    expect(err).toMatch(said);
  });

  it.each([
    ['--contact', '1'],
    ['--company', '1'],
    ['--until', '1h'],
    ['--to-offset', '1'],
  ])('when a group is to read with %s / refuses: a group reads everything to the end', async (...option) => {
    const { code, out, err } = await run('replay', '--topic', 'contacts', '--to-group', 'g', ...option);
    expect([code, out]).toEqual([1, '']);
    expect(err).toMatch(/^A group reads on to the end/);
  });

  it('when a setting is missing / names it, and ends with 1', async () => {
    expect(await run('tail')).toEqual({ code: 1, out: '', err: 'KAFKA_BROKERS is required.\n' });
  });

  it('when a database does not answer / says which one, without its password', async () => {
    const settings = { AUTH_DATABASE_URL: 'postgres://u:pass-word@127.0.0.1:1/db', KAFKA_BROKERS: '127.0.0.1:1' };
    const { code, err } = await startTool(settings, ['dead-letters', 'list']).ended;
    expect([code, err]).toEqual([1, 'The database at 127.0.0.1:1 does not answer: ECONNREFUSED.\n']);
  });

  it('when the work fails after Ctrl-C / says why, and ends with 1', async () => {
    const tool = startTool({ AUTH_DATABASE_URL: 'postgres://u:p@127.0.0.1:1/db', KAFKA_BROKERS: '127.0.0.1:1' }, [
      'dead-letters',
      'list',
    ]);
    tool.interrupt();
    expect(await tool.ended).toMatchObject({ code: 1, err: 'The database at 127.0.0.1:1 does not answer: ECONNREFUSED.\n' });
  });
});
