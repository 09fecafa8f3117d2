import { describe, expect, it } from '@jest/globals';
import { documentOf } from './document.js';

describe('the document that generators read', () => {
  it('when it is an OpenAPI document / its operations are known by their ids', () => {
    expect(documentOf('docs/openapi.json').operationIds).toContain('updateContact');
  });

  it.each([
    ['missing.json', 'It cannot be read: ENOENT.'],
    ['README.md', 'It is not JSON.'],
    ['package.json', 'It has no paths.'],
  ])('when it is %s / is refused: %s', (file, reason) => {
    expect(() => documentOf(file)).toThrow(reason);
  });
});
