import { describe, expect, it } from '@jest/globals';
import { InvalidOption, readOptions } from './options.js';

describe('options', () => {
  it('choose faults, seed and times', () => {
    const options = readOptions(['--fault', '7,8', '--seed', '42', '--seconds', '3']);
    expect(options).toMatchObject({ faults: [7, 8], seed: 42, seconds: 3, short: false, soak: 0 });
  });

  it('are all faults with a drawn seed unless told otherwise', () => {
    expect(readOptions([])).toMatchObject({ faults: [], seconds: 10 });
    expect(readOptions([]).seed).not.toBe(readOptions([]).seed);
  });

  it('in the short form are those of one fault', () => {
    expect(readOptions(['--short'])).toMatchObject({ faults: [1], seconds: 2, short: true });
  });

  it.each([[['--fault', '31']], [['--fault', 'x']], [['--seed', '-1']], [['--nonsense']]])('%j is refused', (args) => {
    expect(() => readOptions(args)).toThrow(InvalidOption);
  });
});
