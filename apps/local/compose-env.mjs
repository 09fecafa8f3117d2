// Prints the settings that docker-compose.yml asks for, with secrets made on the spot: node apps/local/compose-env.mjs > .env
// Node's own modules only, so it runs before anything is installed.
import { generateKeyPairSync, randomBytes } from 'node:crypto';

const secret = () => randomBytes(32).toString('base64url');

/** A new P-256 pair as two JSON Web Key Sets. */
function keySets(prefix, use, alg) {
  const { publicKey, privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const common = { kid: `${prefix}-${randomBytes(4).toString('hex')}`, use, alg };
  const setOf = (key) => JSON.stringify({ keys: [{ ...key.export({ format: 'jwk' }), ...common }] });
  return { publicKeys: setOf(publicKey), privateKeys: setOf(privateKey) };
}

const sealing = keySets('seal', 'enc', 'ECDH-ES');
const signing = keySets('sign', 'sig', 'ES256');
const marking = JSON.stringify({
  keys: [{ kty: 'oct', kid: `mac-${randomBytes(4).toString('hex')}`, use: 'sig', alg: 'HS256', k: secret() }],
});

console.log(`# Keep it: PostgreSQL's volume is bound to the passwords, and what was sealed opens with these keys alone.
POSTGRES_PASSWORD=${secret()}
GATEWAY_DATABASE_PASSWORD=${secret()}
AUTH_DATABASE_PASSWORD=${secret()}
API_TOKEN=cs_${secret()}
AUTH_OPERATOR_TOKEN=${secret()}
GATEWAY_SECRET=${secret()}
CREDENTIAL_PUBLIC_KEYS='${sealing.publicKeys}'
CREDENTIAL_PRIVATE_KEYS='${sealing.privateKeys}'
TOKEN_SIGNING_KEYS='${signing.privateKeys}'
EVENT_MAC_KEYS='${marking}'`);
