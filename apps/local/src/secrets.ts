import { randomBytes } from 'node:crypto';
import { chmodSync, existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { generateEventMacKeys, generateSealingKeys, TokenKeys, type KeySet } from '#app/credentials';
import { generateSigningKeys, randomSecret } from '#app/system';

/** Secrets that are made once and stored in DATA_DIR/secrets, where only their owner can read them. */
export interface Secrets {
  apiToken: string;
  /** Lets a person into the console. */
  consoleToken: string;
  gatewaySecret: string;
  postgresPassword: string;
  gatewayDatabasePassword: string;
  authDatabasePassword: string;
  credentialPublicKeysFile: string;
  credentialPrivateKeysFile: string;
  tokenSigningKeysFile: string;
  /** Both apps have it: the gateway marks the records of logins with it. */
  eventMacKeysFile: string;
}

/** Reads the secrets, and makes missing ones first. */
export async function keepSecrets(folder: string, apiToken: string | null): Promise<Secrets> {
  const once = (name: string, make: () => string = randomSecret): string => readOrMake(join(folder, name), make);
  const gatewaySecret = once('gateway-secret');
  return {
    apiToken: apiToken ?? once('api-token', () => TokenKeys.ofText(gatewaySecret).make()),
    consoleToken: once('console-token'),
    gatewaySecret,
    postgresPassword: once('postgres-password'),
    gatewayDatabasePassword: once('gateway-database-password'),
    authDatabasePassword: once('auth-database-password'),
    ...(await keepSealingKeys(folder)),
    tokenSigningKeysFile: await keepSigningKeys(join(folder, 'token-signing-keys.json')),
    eventMacKeysFile: keepEventMacKeys(join(folder, 'event-mac-keys.json')),
  };
}

async function keepSealingKeys(folder: string): Promise<Pick<Secrets, 'credentialPublicKeysFile' | 'credentialPrivateKeysFile'>> {
  const [publicFile, privateFile] = [join(folder, 'credential-public-keys.json'), join(folder, 'credential-private-keys.json')];
  if (!existsSync(privateFile)) writeSecret(privateFile, (await generateSealingKeys(keyId('seal'))).privateKeys);
  // The public set is derived from the private one, so that they always fit.
  const { keys } = JSON.parse(readFileSync(privateFile, 'utf8')) as KeySet;
  writeSecret(publicFile, { keys: keys.map(({ d: _private, ...publicHalf }) => publicHalf) });
  return { credentialPublicKeysFile: publicFile, credentialPrivateKeysFile: privateFile };
}

async function keepSigningKeys(file: string): Promise<string> {
  if (existsSync(file)) return file;
  writeSecret(file, await generateSigningKeys(keyId('sign')));
  return file;
}

function keepEventMacKeys(file: string): string {
  if (!existsSync(file)) writeSecret(file, generateEventMacKeys(keyId('mac')));
  return file;
}

function readOrMake(file: string, make: () => string): string {
  if (!existsSync(file)) writeSecret(file, make());
  return readFileSync(file, 'utf8').trim();
}

/** Writes a file that only its owner can read; it is complete, or is what it was. */
export function writeSecret(file: string, content: string | KeySet): void {
  const text = typeof content === 'string' ? content : JSON.stringify(content, null, 2);
  writeFileSync(`${file}.new`, `${text}\n`, { mode: 0o600 });
  chmodSync(`${file}.new`, 0o600);
  renameSync(`${file}.new`, file);
}

const keyId = (use: string): string => `${use}-${randomBytes(4).toString('hex')}`;
