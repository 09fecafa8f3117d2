import { randomBytes } from 'node:crypto';
import { generateEventMacKeys, generateSealingKeys, TokenKeys, type KeySet } from '#app/credentials';
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
  /** Mark the records of logins; used by systems that set {@link markSetting}. */
  macKeys: KeySet;
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
    macKeys: generateEventMacKeys('mark-1'),
  };
}

/** The setting by which a gateway marks the records of logins, and an auth app checks the marks. */
export const markSetting = ({ macKeys }: Pick<SystemSecrets, 'macKeys'>): Record<string, string> => ({
  EVENT_MAC_KEYS: JSON.stringify(macKeys),
});

/** A key pair with which the auth app signs access tokens. */
export async function generateSigningKeys(keyId: string): Promise<KeySet> {
  const { privateKey } = await generateKeyPair('ES256', { extractable: true });
  return { keys: [{ ...(await exportJWK(privateKey)), kid: keyId, use: 'sig', alg: 'ES256' }] };
}

/** 32 random bytes in base64url. */
export const randomSecret = (): string => randomBytes(32).toString('base64url');
