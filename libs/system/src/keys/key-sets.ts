import { randomBytes } from 'node:crypto';
import { generateSealingKeys, TokenKeys, type KeySet } from '#app/credentials';
import { exportJWK, generateKeyPair } from 'jose';

/** The secrets of both apps. */
export interface SystemSecrets {
  gatewaySecret: string;
  /** Seeded by the gateway's set-up; it has every scope. */
  apiToken: string;
  operatorToken: string;
  publicKeys: KeySet;
  privateKeys: KeySet;
  signingKeys: KeySet;
}

/** Makes secrets for a temporary system. */
export async function makeSecrets(): Promise<SystemSecrets> {
  const gatewaySecret = randomSecret();
  return {
    gatewaySecret,
    apiToken: TokenKeys.ofText(gatewaySecret).make(),
    operatorToken: randomSecret(),
    ...(await generateSealingKeys('seal-1')),
    signingKeys: await generateSigningKeys('sign-1'),
  };
}

/** A key pair with which the auth app signs access tokens. */
export async function generateSigningKeys(keyId: string): Promise<KeySet> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { keys: [{ ...(await exportJWK(privateKey)), kid: keyId, use: 'sig', alg: 'ES256' }] };
}

/** 32 random bytes in base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
