import { describe, expect, it } from '@jest/globals';
import { shownPath } from './shown-path.js';

describe('the path in an error text', () => {
  it.each([
    ['has a query', '/contacts/7?email=ann@example.com', '/contacts/7'],
    ['has a token in a segment', `/tokens/csync_${'a'.repeat(43)}/end`, '/tokens/…/end'],
    ['has slashes alone', '//', '//'],
    ['is the form for a proxy, with a password', 'http://ann:secret@host/contacts', 'this address'],
    ['is *', '*', 'this address'],
  ])('when it %s / is shown without what must not be seen', (_, url, shown) => {
    expect(shownPath(url)).toBe(shown);
  });

  it('when it is very long / is cut', () => {
    expect(shownPath('/ab'.repeat(5_000))).toBe(`${'/ab'.repeat(67).slice(0, 200)}…`);
  });
});
