// Writes the settings of docker-compose.yml, with new secrets. It uses only Node's own modules, so it runs before the installation.
import { createHmac, generateKeyPairSync, hkdfSync, randomBytes } from 'node:crypto';
import { appendFileSync, readFileSync, writeFileSync } from 'node:fs';

const USAGE = `node apps/local/compose-env.mjs [file]
  writes the settings of docker-compose.yml, with new secrets, to a file that only its owner can read: .env, or the one that is named;
  a file that exists keeps its values, and gets those that it lacks
  -    prints them`;

const secret = () => randomBytes(32).toString('base64url');

/** A new P-256 pair as two JSON Web Key Sets. */
function keySets(prefix, use, alg) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const common = { kid: `${prefix}-${randomBytes(4).toString('hex')}`, use, alg };
  const setOf = (key) => JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), ...common }] });
  return { publicKeys: setOf(publicKey), privateKeys: setOf(privateKey) };
}

/** A token as the gateway makes them, by `TokenKeys` in libs/credentials: with a checksum under a key of its secret. */
function apiToken(gatewaySecret) {
  const key = hkdfSync('sha256', Buffer.from(gatewaySecret, 'base64url'), '', 'contact-sync/api-token-checksum', 32);
  const token = `csync_${randomBytes(32).toString('hex')}`;
  return token + createHmac('sha256', Buffer.from(key)).update(token).digest('hex').slice(0, 8);
}

const gatewaySecret = secret();
const sealing = keySets('seal', 'enc', 'ECDH-ES');
const signing = keySets('sign', 'sig', 'ES256');
const marking = JSON.stringify({
  keys: [{ kty: 'oct', kid: `mac-${randomBytes(4).toString('hex')}`, use: 'sig', alg: 'HS256', k: secret() }],
});

const settings = `# Keep it: PostgreSQL's volume is bound to the passwords, and what was sealed opens with these keys alone.
POSTGRES_PASSWORD=${secret()}
GATEWAY_DATABASE_PASSWORD=${secret()}
AUTH_DATABASE_PASSWORD=${secret()}
KAFKA_ADMIN_PASSWORD=${secret()}
KAFKA_SET_UP_PASSWORD=${secret()}
KAFKA_GATEWAY_PASSWORD=${secret()}
KAFKA_AUTH_PASSWORD=${secret()}
KAFKA_OPERATOR_PASSWORD=${secret()}
KAFKA_SUBSCRIBER_PASSWORD=${secret()}
API_TOKEN=${apiToken(gatewaySecret)}
AUTH_OPERATOR_TOKEN=${secret()}
GATEWAY_SECRET=${gatewaySecret}
CREDENTIAL_PUBLIC_KEYS='${sealing.publicKeys}'
CREDENTIAL_PRIVATE_KEYS='${sealing.privateKeys}'
TOKEN_SIGNING_KEYS='${signing.privateKeys}'
EVENT_MAC_KEYS='${marking}'
`;

const [file = '.env', ...others] = process.argv.slice(2);
if (['--help', '-h'].includes(file)) console.log(USAGE);
else if (others.length > 0 || /^-./.test(file)) refuse(USAGE);
else if (file === '-') process.stdout.write(settings);
else write(file);

/** What an existing file has stays, since it is in use; values that this release needs beside are added. */
function write(file) {
  try {
    writeFileSync(file, settings, { mode: 0o600, flag: 'wx' });
    console.log(`The secrets are in ${file}, which only you can read.`);
  } catch (error) {
    if (error.code !== 'EEXIST') return refuse(`${file} can't be written: ${error.code}.`);
    complete(file);
  }
}

function complete(file) {
  const kept = readFileSync(file, 'utf8');
  const lines = settings.split('\n').filter((line) => /^\w+=/.test(line));
  const missing = lines.filter((line) => !new RegExp(`^${nameOf(line)}=`, 'm').test(kept));
  if (missing.length === 0) {
    refuse(`${file} exists and is kept: the volumes have its passwords. Remove both to start again.`);
    return;
  }
  appendFileSync(file, `${kept.endsWith('\n') ? '' : '\n'}${missing.join('\n')}\n`);
  console.log(`${file} is kept, and has got ${missing.map(nameOf).join(', ')}.`);
}

function refuse(message) {
  console.error(message);
  process.exitCode = 1;
}

function nameOf(line) {
  return line.slice(0, line.indexOf('='));
}
