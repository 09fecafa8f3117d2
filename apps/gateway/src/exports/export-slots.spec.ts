import { describe, expect, it } from '@jest/globals';
import { ExportSlots } from './export-slots.js';

const slots = () => new ExportSlots({ perFamily: 2, perProcess: 4 });

describe('the slots of exports', () => {
  it('when a token has two / its third is refused with too_many_exports, and another token can export', () => {
    const all = slots();
    const release = all.take('1');
    all.take('1');
    expect(() => all.take('1')).toThrow(expect.objectContaining({ code: 'too_many_exports' }));
    all.take('2');
    release();
    release();
    all.take('1');
    expect(() => all.take('1')).toThrow(expect.objectContaining({ code: 'too_many_exports' }));
  });

  it('when the process has four / a further one is refused with exports_full', () => {
    const all = slots();
    for (const family of ['1', '1', '2', '2']) all.take(family);
    expect(() => all.take('3')).toThrow(expect.objectContaining({ code: 'exports_full' }));
  });
});
