import { describe, expect, it } from '@jest/globals';
import { SCOPES } from '../callers/api-token.scopes.js';
import { readTokenOrder, USAGE, WrongUsage } from './token-command.js';

const NOW = new Date('2030-01-01T12:00:00.000Z');
const read = (...args: string[]) => readTokenOrder(args, NOW);

describe('when the command is called rightly', () => {
  it.each([
    [['list'], { action: 'list', json: false }],
    [['list', '--json'], { action: 'list', json: true }],
    [['revoke', '7'], { action: 'revoke', id: '7', json: false }],
    [['--help'], { action: 'help', json: false }],
    [['create', '-h'], { action: 'help', json: false }],
  ])('%j is %j', (args, order) => {
    expect(read(...args)).toEqual(order);
  });

  it('a creation is the body that the route takes', () => {
    expect(read('create', '--name', 'ERP', '--scopes', 'contacts:read, contacts:write', '--json')).toEqual({
      action: 'create',
      body: { name: 'ERP', scopes: ['contacts:read', 'contacts:write'], expires_at: undefined },
      json: true,
    });
  });

  it('all scopes have a word of their own', () => {
    expect(read('create', '--scopes', 'all')).toMatchObject({ body: { scopes: SCOPES } });
  });

  it.each([
    ['90d', '2030-04-01T12:00:00.000Z'],
    ['2030-02-01', '2030-02-01T00:00:00Z'],
    ['2030-02-01T10:00:00+01:00', '2030-02-01T10:00:00+01:00'],
    ['soon', 'soon'],
  ])('--expires %s is %s', (expires, time) => {
    expect(read('create', '--expires', expires)).toMatchObject({ body: { expires_at: time } });
  });
});

describe('when it is called wrongly', () => {
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
  ])('%j is refused', (args) => {
    expect(() => read(...args)).toThrow(WrongUsage);
  });
});

it('the usage names every scope', () => {
  for (const scope of SCOPES) expect(USAGE).toContain(scope);
});
