import { describe, expect, it } from '@jest/globals';
import { Command } from 'commander';
import { npmsOption } from './env.js';

const program = new Command('npm run tool --');
const letters = program.command('letters');
letters.command('redrive').option('-n, --dry-run', '').option('--older-than <days>', '').option('--yes', '');
program.command('tail').option('--no-follow', '').option('--json', '');

const said = (args: string, variables: Record<string, string>, event: string | undefined = 'tool'): string | undefined =>
  npmsOption(program, args.split(' '), { ...variables, ...(event && { npm_lifecycle_event: event }) });

describe('when npm was called without -- before the options', () => {
  it.each([
    ['letters redrive', { npm_config_dry_run: 'true' }, '--dry-run', 'letters redrive --dry-run'],
    ['letters redrive 3', { npm_config_older_than: 'true' }, '--older-than', 'letters redrive --older-than <days>'],
    ['letters redrive', { npm_config_older_than: '3' }, '--older-than', 'letters redrive --older-than <days>'],
    ['tail', { npm_config_follow: '' }, '--no-follow', 'tail --no-follow'],
  ])('%s with %j / names the option and the right call', (args, variables, option, call) => {
    expect(said(args, variables)).toBe(`npm took ${option} for itself: put -- before the options, as in npm run tool -- ${call}`);
  });
});

describe('when npm took no option of the called command', () => {
  it.each([
    ['the option was given too', 'letters redrive --dry-run', { npm_config_dry_run: 'true' }],
    ['the option was given with its value', 'letters redrive --older-than=3', { npm_config_older_than: 'true' }],
    ['another command has the option', 'tail', { npm_config_dry_run: 'true' }],
    ['the variable says no', 'letters redrive', { npm_config_dry_run: '' }],
    ['npm has a --yes of its own', 'letters redrive', { npm_config_yes: 'true' }],
    ['no command is called', '--help', { npm_config_dry_run: 'true' }],
  ])('since %s / says nothing', (_, args, variables) => {
    expect(said(args, variables)).toBeUndefined();
  });

  it('since npm does not run the command / says nothing', () => {
    expect(npmsOption(program, ['letters', 'redrive'], { npm_config_dry_run: 'true' })).toBeUndefined();
  });
});
