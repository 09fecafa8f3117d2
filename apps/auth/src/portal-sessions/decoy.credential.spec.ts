import { describe, expect, it, jest } from '@jest/globals';
import { decodeProtectedHeader, exportJWK, generateKeyPair } from 'jose';
import { isPasswordOf, readOpeningKeys } from '#app/credentials';
import { Credentials } from '../portal-logins/credentials.js';
import { DecoyCredential } from './decoy.credential.js';

/** A set of private keys; each kind of key takes another time to open a credential. */
async function privateKeysOf(...curves: string[]): Promise<string> {
  const keys = curves.map(async (crv, index) => {
    const { privateKey } = await generateKeyPair('ECDH-ES', { crv, extractable: true });
    return { ...(await exportJWK(privateKey)), kid: `key-${index}`, use: 'enc', alg: 'ECDH-ES', key_ops: ['deriveBits'] };
  });
  return JSON.stringify({ keys: await Promise.all(keys) });
}

describe('the decoy of a login that does not exist', () => {
  it.each(['P-256', 'P-384', 'P-521', 'X25519'])(
    'when credentials are sealed to a key of %s / is opened by it, as they are',
    async (curve) => {
      const privateKeys = await privateKeysOf(curve, 'P-256');
      const credentials = new Credentials(await readOpeningKeys(privateKeys));
      const open = jest.spyOn(credentials, 'open');
      const decoy = new DecoyCredential(credentials, privateKeys);
      await decoy.onModuleInit();
      expect(await isPasswordOf(await decoy.open(), 'correct horse battery')).toBe(false);
      const [[contactId, credential]] = open.mock.calls as [[number, string]];
      expect(contactId).toBe(0);
      expect(decodeProtectedHeader(credential)).toMatchObject({ kid: 'key-0', epk: { crv: curve } });
    },
  );
});
