import { expect, it } from '@jest/globals';
import { findSecrets } from './secret-search.js';

const SECRET = 'a "canary" pass/word~?';
const secrets = { password: SECRET };
const found = (text: string) => findSecrets([{ name: 'log', text }], secrets);

it.each([
  ['plain', `x ${SECRET} y`],
  ['in JSON', JSON.stringify({ a: SECRET })],
  ['in an address', `/a?b=${encodeURIComponent(SECRET)}`],
  ['in hexadecimal', Buffer.from(`x${SECRET}y`).toString('hex')],
  ['in base 64, at the first place', Buffer.from(`${SECRET}y`).toString('base64')],
  ['in base 64, at the second place', Buffer.from(`x${SECRET}y`).toString('base64')],
  ['in base 64 for addresses, at the third place', Buffer.from(`xx${SECRET}y`).toString('base64url')],
])('when a secret is %s / the search finds it', (_, text) => {
  expect(found(text)).toEqual(['log: password']);
});

it('when a text has no secret / the search finds nothing', () => {
  expect(found('a canary password')).toEqual([]);
});
