import { describe, expect, it, jest } from '@jest/globals';
import { beginBatch } from './batch-spans.js';

describe('spans of a batch', () => {
  it('when tracing is off / asks for no part and begins no span', () => {
    const partsOf = jest.fn(() => [{ parent: null }]);
    expect(beginBatch('transaction', partsOf)).toBeUndefined();
    expect(partsOf).not.toHaveBeenCalled();
  });
});
