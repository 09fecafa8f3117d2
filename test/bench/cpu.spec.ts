import { describe, expect, it } from '@jest/globals';
import { partsBelow, type Part } from './cpu.js';

const PARTS: Readonly<Record<number, Part>> = { 4_194_300: 'postgres', 4_194_303: 'gateway' };

describe('the parts of a system', () => {
  it("when ids began with small ones again / have children whose ids are below their parents', and theirs", () => {
    const table = [
      { pid: 305, parent: 301 },
      { pid: 301, parent: 4_194_300 },
      { pid: 400, parent: 1 },
      { pid: 4_194_300, parent: 4_194_290 },
      { pid: 4_194_303, parent: 4_194_290 },
      { pid: 4_194_290, parent: 1 },
    ];
    expect(Object.fromEntries(partsBelow(4_194_290, table, (pid) => PARTS[pid]))).toEqual({
      301: 'postgres',
      305: 'postgres',
      4_194_300: 'postgres',
      4_194_303: 'gateway',
    });
  });

  it('when a child is of no part / have none of its descendants', () => {
    const table = [
      { pid: 12, parent: 10 },
      { pid: 13, parent: 12 },
    ];
    expect(partsBelow(10, table, () => undefined).size).toBe(0);
  });
});
