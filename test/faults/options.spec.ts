import { describe, expect, it } from '@jest/globals';
import { faultsCommand, optionsOf, type Options } from './options.js';

function read(...args: string[]): Options {
  const command = faultsCommand()
    .exitOverride()
    .configureOutput({ writeErr: () => undefined });
  return optionsOf(command.parse(args, { from: 'user' }));
}

describe('the options of npm run faults', () => {
  it('when they are given / set faults, seed and times', () => {
    const options = read('--fault', '7,8', '--seed', '42', '--seconds', '3');
    expect(options).toMatchObject({ faults: [7, 8], seed: 42, seconds: 3, short: false, soak: 0, json: false });
  });

  it('when none is given / select all faults and a random seed', () => {
    expect(read()).toMatchObject({ faults: [], seconds: 10 });
    expect(read().seed).not.toBe(read().seed);
  });

  it('when --short is set / select fault 1 for two seconds', () => {
    expect(read('--short')).toMatchObject({ faults: [1], seconds: 2, short: true });
  });

  it.each([[['--fault', '999']], [['--fault', 'x']], [['--seed', '-1']], [['--nonsense']], [['--defect', 'none']]])(
    'when they are %j / are refused',
    (args) => {
      expect(() => read(...args)).toThrow(/^error/);
    },
  );
});
