import { randomBytes } from 'node:crypto';
import { join } from 'node:path';
import { javaOf } from '../env.js';
import type { ProcessHost } from '../processes/app-process.js';
import { kafkaJars } from '../servers/kafka-java.js';
import { newClusterId, type KafkaUser } from '../servers/kafka.js';
import { KafkaServer } from '../servers/kafka-server.js';
import type { BrokerSettings } from '../servers/kafka-settings.js';
import { freePorts } from '../servers/ports.js';
import { REPLICATED } from '../servers/servers.js';
import { CertificateAuthority, type Certificate } from './certificates.js';
import { TOKEN_AUDIENCE, TokenServer } from './token-server.js';

/** How a client proves who it is. `scram6` is SCRAM by an IPv6 address. */
export const SIGN_INS = ['mtls', 'scram', 'plain', 'oauth', 'scram6'] as const;
export type SignIn = (typeof SIGN_INS)[number];

/** Three brokers that accept nobody without TLS and a sign-in, and that permit nothing without an ACL. */
export interface SecuredCluster {
  brokers: KafkaServer[];
  ca: CertificateAuthority;
  /** `KAFKA_BROKERS` by sign-in. */
  addresses: Readonly<Record<SignIn, string>>;
  tokens: TokenServer;
  /** May do everything, to create ACLs and users. */
  admin: KafkaUser;
  /** By name: users of SCRAM and PLAIN, and clients of the token server. */
  users: ReadonlyMap<string, KafkaUser>;
}

const BROKER_NAME = 'broker';
const ADMIN_NAME = 'admin';
/** Sessions end so soon that a client has to sign in again within every check. */
const SESSION_MS = 5_000;
const SMALL_HEAP = '-Xmx320m';

/** Starts the cluster: a private CA, client certificates, SCRAM, PLAIN and OAUTHBEARER over TLS, and ACLs. */
export async function startSecuredCluster(host: ProcessHost, userNames: readonly string[]): Promise<SecuredCluster> {
  const ca = CertificateAuthority.create(join(host.folder.root, 'certificates'));
  const admin = newUser(ADMIN_NAME);
  const users = new Map(userNames.map((name) => [name, newUser(name)]));
  const all = [admin, ...users.values()];
  const tokens = await TokenServer.start(new Map(all.map(({ name, password }) => [name, password])));
  const security = { ...tlsSettings(ca, ca.issue(BROKER_NAME)), ...authorization(), ...signInSettings(all, tokens) };
  const [clusterId, controllerPorts] = [newClusterId(), await freePorts(3)];
  const ports = await Promise.all(controllerPorts.map(() => freePorts(SIGN_INS.length)));
  const brokers = controllerPorts.map((controllerPort, at) => {
    const options = {
      ...host.folder.serverFiles(`secured-${at + 1}`),
      port: ports[at]![0]!,
      jars: kafkaJars(javaOf()),
      settings: { ...REPLICATED, ...listenerSettings(ports[at]!, controllerPort), ...security },
      member: { clusterId, nodeId: at + 1, controllerPorts },
      users: all,
      jvmFlags: [SMALL_HEAP, `-Dorg.apache.kafka.sasl.oauthbearer.allowed.urls=${tokens.keysUrl}`],
    };
    return new KafkaServer(options, host.watchdog, new Map());
  });
  await Promise.all(brokers.map((broker) => broker.start()));
  const addresses = Object.fromEntries(
    SIGN_INS.map((signIn, at) => [signIn, ports.map((ofBroker) => `${hostOf(signIn)}:${ofBroker[at]!}`).join(',')]),
  ) as Record<SignIn, string>;
  return { brokers, ca, addresses, tokens, admin, users };
}

const newUser = (name: string): KafkaUser => ({ name, password: randomBytes(12).toString('hex') });
const hostOf = (signIn: SignIn): string => (signIn === 'scram6' ? '[::1]' : '127.0.0.1');

/** Brokers reach each other by certificates. */
function listenerSettings(ports: readonly number[], controllerPort: number): BrokerSettings {
  const client = SIGN_INS.map((signIn, at) => `${signIn.toUpperCase()}://${hostOf(signIn)}:${ports[at]!}`).join(',');
  const protocols = SIGN_INS.map((signIn) => `${signIn.toUpperCase()}:${signIn === 'mtls' ? 'SSL' : 'SASL_SSL'}`).join(',');
  return {
    listeners: `${client},CONTROLLER://127.0.0.1:${controllerPort}`,
    'advertised.listeners': client,
    'inter.broker.listener.name': 'MTLS',
    'listener.security.protocol.map': `${protocols},CONTROLLER:SSL`,
    'listener.name.mtls.ssl.client.auth': 'required',
    'listener.name.controller.ssl.client.auth': 'required',
  };
}

const tlsSettings = (ca: CertificateAuthority, own: Certificate): BrokerSettings => ({
  'ssl.keystore.type': 'PEM',
  'ssl.keystore.location': own.both,
  'ssl.truststore.type': 'PEM',
  'ssl.truststore.location': ca.file,
  // The user of a certificate is its common name.
  'ssl.principal.mapping.rules': 'RULE:^CN=(.*)$/$1/,DEFAULT',
});

const authorization = (): BrokerSettings => ({
  'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
  'allow.everyone.if.no.acl.found': false,
  'super.users': `User:${BROKER_NAME};User:${ADMIN_NAME}`,
});

const MECHANISMS = { scram: 'SCRAM-SHA-512', scram6: 'SCRAM-SHA-512', plain: 'PLAIN', oauth: 'OAUTHBEARER' } as const;
const SECURITY = 'org.apache.kafka.common.security';

function signInSettings(users: readonly KafkaUser[], { keysUrl }: TokenServer): BrokerSettings {
  const logins = {
    'SCRAM-SHA-512': `${SECURITY}.scram.ScramLoginModule required;`,
    PLAIN: `${SECURITY}.plain.PlainLoginModule required ${users.map(({ name, password }) => `user_${name}="${password}"`).join(' ')};`,
    OAUTHBEARER: `${SECURITY}.oauthbearer.OAuthBearerLoginModule required;`,
  };
  const perListener = Object.entries(MECHANISMS).flatMap(([name, mechanism]) => [
    [`listener.name.${name}.sasl.enabled.mechanisms`, mechanism],
    [`listener.name.${name}.${mechanism.toLowerCase()}.sasl.jaas.config`, logins[mechanism]],
  ]);
  return {
    ...(Object.fromEntries(perListener) as BrokerSettings),
    'sasl.enabled.mechanisms': [...new Set(Object.values(MECHANISMS))].join(','),
    'listener.name.oauth.oauthbearer.sasl.server.callback.handler.class': `${SECURITY}.oauthbearer.OAuthBearerValidatorCallbackHandler`,
    'sasl.oauthbearer.jwks.endpoint.url': keysUrl,
    'sasl.oauthbearer.expected.audience': TOKEN_AUDIENCE,
    'connections.max.reauth.ms': SESSION_MS,
  };
}
