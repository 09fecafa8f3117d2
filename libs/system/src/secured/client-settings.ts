import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { SecuredCluster, SignIn } from './secured-cluster.js';

type Environment = Record<string, string>;

/**
 * The settings by which an app or a tool reaches the cluster as a user. Secrets are in files of the folder, named after the user, so
 * that they can be renewed while a process runs.
 */
export function kafkaSettings(cluster: SecuredCluster, signIn: SignIn, user: string, folder: string): Environment {
  const common = { KAFKA_BROKERS: cluster.addresses[signIn], KAFKA_SSL_CA_FILE: cluster.ca.file };
  return { ...common, ...identity(cluster, signIn, user, folder) };
}

function identity(cluster: SecuredCluster, signIn: SignIn, user: string, folder: string): Environment {
  if (signIn === 'mtls') {
    const { cert, key } = cluster.ca.issue(user);
    return { KAFKA_SSL_CERT_FILE: cert, KAFKA_SSL_KEY_FILE: key };
  }
  const secret = join(folder, `${user}.password`);
  const known = user === cluster.admin.name ? cluster.admin : cluster.users.get(user)!;
  writeFileSync(secret, `${known.password}\n`, { mode: 0o600 });
  if (signIn === 'oauth')
    return {
      KAFKA_SASL_OAUTH_TOKEN_URL: cluster.tokens.tokenUrl,
      KAFKA_SASL_OAUTH_CLIENT_ID: user,
      KAFKA_SASL_OAUTH_CLIENT_SECRET_FILE: secret,
      KAFKA_SASL_OAUTH_SCOPE: 'events',
    };
  const mechanism = signIn === 'plain' ? 'plain' : 'scram-sha-512';
  return { KAFKA_SASL_MECHANISM: mechanism, KAFKA_SASL_USERNAME: user, KAFKA_SASL_PASSWORD_FILE: secret };
}
