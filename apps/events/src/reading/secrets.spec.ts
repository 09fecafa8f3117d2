import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from '#app/contracts';
import { textWithoutSecrets, withoutSecrets } from './secrets.js';

const SEALED = `eyJhbGciOiJFQ0RILUVTIiwiZW5jIjoiQTI1NkdDTSIsImVwayI6eyJrdHkiOiJFQyJ9fQ..${'aB3-_'.repeat(60)}.dGFn`;
const HASH = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo';

describe('the shown text of a record', () => {
  it.each([
    ['a login event', JSON.stringify({ contact_id: 1, credential: SEALED })],
    ['an event cut off', JSON.stringify({ contact_id: 1, credential: SEALED }).slice(0, -100)],
    ['another name', JSON.stringify({ sealed: SEALED })],
    ['JSON within JSON', JSON.stringify({ data: JSON.stringify({ credential: SEALED }) })],
    ['an encoding of it', JSON.stringify({ data_base64: Buffer.from(SEALED).toString('base64') })],
    ['no JSON', `credential=${SEALED};`],
  ])('when a sealed credential is in %s / does not show it', (_, text) => {
    expect(textWithoutSecrets(text)).not.toMatch(/[\w-]{70}/);
    expect(textWithoutSecrets(text)).toContain('(withheld)');
  });

  it('when a hash or a short secret is in it / shows neither', () => {
    expect(textWithoutSecrets(`{"hash":"${HASH}","password":"hunter2"}`)).toBe('{"hash":"(withheld)","password":"(withheld)"}');
    expect(withoutSecrets({ a: [{ credential: 'short', email: null }, HASH] })).toEqual({
      a: [{ credential: '(withheld)', email: null }, '(withheld)'],
    });
  });

  it('when it holds no secret / is unchanged, also a null credential', () => {
    const { data } = EVENT_EXAMPLES.ContactUpdated;
    expect(withoutSecrets(data)).toEqual(data);
    expect(withoutSecrets({ credential: null, version: 3 })).toEqual({ credential: null, version: 3 });
  });
});
