import { beforeAll, describe, expect, it } from '@jest/globals';
import { CompactEncrypt } from 'jose';
import { InvalidCredentialKeys, UnknownCredentialKey, UnreadableCredential } from './credential.errors.js';
import { generateSealingKeys, readOpeningKeys, readSealingKey, type OpeningKeys, type SealingKey } from './credential.keys.js';
import { openCredential, sealCredential } from './sealed-credential.js';

const phc = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';
let sealing: SealingKey;
let opening: OpeningKeys;
let publicKeys: string;

beforeAll(async () => {
  const keys = await generateSealingKeys('k1');
  publicKeys = JSON.stringify(keys.publicKeys);
  sealing = await readSealingKey(publicKeys);
  opening = await readOpeningKeys(JSON.stringify(keys.privateKeys));
});

const sealed = (content: unknown, header: object = {}) =>
  new CompactEncrypt(new TextEncoder().encode(JSON.stringify(content)))
    .setProtectedHeader({ alg: 'ECDH-ES', enc: 'A256GCM', kid: 'k1', sub: '5', typ: 'contact-sync/portal-credential', ...header })
    .encrypt(sealing.key);

describe('a sealed credential', () => {
  it('when it is opened with its key / gives the sealed hash', async () => {
    const credential = await sealCredential(sealing, 5, phc);
    expect(credential).not.toContain('argon2');
    await expect(openCredential(opening, 5, credential)).resolves.toBe(phc);
  });

  it('when the costs in the hash are in another order / opens', async () => {
    const reordered = phc.replace('t=2,p=1', 'p=1,t=2');
    await expect(openCredential(opening, 5, await sealCredential(sealing, 5, reordered))).resolves.toBe(reordered);
  });

  it('for another contact / does not open', async () => {
    await expect(openCredential(opening, 6, await sealCredential(sealing, 5, phc))).rejects.toThrow(UnreadableCredential);
  });

  it('when header and content name different contacts / does not open', async () => {
    await expect(openCredential(opening, 5, await sealed({ sub: '6', phc }))).rejects.toThrow(/another contact/);
    await expect(openCredential(opening, 5, await sealed({ sub: '5', phc }, { sub: '6' }))).rejects.toThrow(/another contact/);
  });

  it.each([{ alg: 'ECDH-ES+A256KW' }, { enc: 'A128CBC-HS256' }])(
    'when it was sealed by other algorithms, as in %j / does not open',
    async (header) => {
      await expect(openCredential(opening, 5, await sealed({ sub: '5', phc }, header))).rejects.toThrow(/does not open/);
    },
  );

  it.each([undefined, 7, null])(
    'when the id of its key is %j / throws UnreadableCredential, since no key that is added would open it',
    async (kid) => {
      await expect(openCredential(opening, 5, await sealed({ sub: '5', phc }, { kid }))).rejects.toThrow(UnreadableCredential);
    },
  );

  it.each([null, 5, 'text', [], {}])('when its content is %j / does not open', async (content) => {
    await expect(openCredential(opening, 5, await sealed(content))).rejects.toThrow(UnreadableCredential);
  });

  it('when it was sealed for another purpose / does not open', async () => {
    await expect(openCredential(opening, 5, await sealed({ sub: '5', phc }, { typ: 'other' }))).rejects.toThrow(
      /another purpose/,
    );
  });

  it.each([
    ...['m=4194304,t=2,p=1', 'm=19456,t=11,p=1', 'm=19456,t=2,p=5', 'm=19456,m=19456,t=2'],
    ...['m=8,t=1,p=1', 'm=1024,t=2,p=1', 'm=19456,t=1,p=1', 'm=4096,t=10,p=1'],
    // What no verifier can compute would be a defect at each sign-in.
    ...['m=0,t=2,p=1', 'm=31,t=2,p=4', 'm=19456,t=0,p=1', 'm=19456,t=2,p=0'],
  ])('when the hash costs %s / does not open', async (cost) => {
    const greedy = phc.replace('m=19456,t=2,p=1', cost);
    await expect(openCredential(opening, 5, await sealed({ sub: '5', phc: greedy }))).rejects.toThrow(/acceptable hash/);
  });

  it.each(['m=19456,t=2,p=1', 'm=65536,t=1,p=1', 'm=9728,t=4,p=2'])('when the hash costs %s / opens', async (cost) => {
    const equal = phc.replace('m=19456,t=2,p=1', cost);
    await expect(openCredential(opening, 5, await sealed({ sub: '5', phc: equal }))).resolves.toBe(equal);
  });

  it('when the key is unknown / throws UnknownCredentialKey, and UnreadableCredential when the credential is broken', async () => {
    const credential = await sealCredential({ ...sealing, kid: 'k2' }, 5, phc);
    await expect(openCredential(opening, 5, credential)).rejects.toThrow(UnknownCredentialKey);
    const own = await sealCredential(sealing, 5, phc);
    await expect(openCredential(opening, 5, `${own.slice(0, -4)}AAAA`)).rejects.toThrow(UnreadableCredential);
    await expect(openCredential(opening, 5, 'nonsense')).rejects.toThrow(UnreadableCredential);
  });
});

describe('key sets', () => {
  it("when the gateway's set contains a private key / is refused", async () => {
    const { privateKeys } = await generateSealingKeys('k1');
    await expect(readSealingKey(JSON.stringify(privateKeys))).rejects.toThrow(InvalidCredentialKeys);
    const { publicKeys } = await generateSealingKeys('k2');
    const both = { keys: [...publicKeys.keys, ...privateKeys.keys] };
    await expect(readSealingKey(JSON.stringify(both))).rejects.toThrow(InvalidCredentialKeys);
  });

  it("when the auth app's set contains a public key / is refused", async () => {
    await expect(readOpeningKeys(publicKeys)).rejects.toThrow(InvalidCredentialKeys);
  });

  it('when the text is unreadable / is refused without being quoted', async () => {
    await expect(readOpeningKeys('{"d":"secret')).rejects.toThrow(/^Not a JSON Web Key Set\.$/);
  });
});
