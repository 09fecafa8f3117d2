import { TokenKeys } from '#app/credentials';
import { aclScript, createKafka, ensureTopics, TopicMismatch } from '#app/messaging/light';
import { grantStatements, isMigrated, requireFitDatabase, SESSION_LIMITS, UnfitDatabase } from '#app/postgres/light';
import { InvalidSettings, VERSION } from '#app/settings';
import { setUpProgram, wholeNumber } from '#app/terminal';
import { MIGRATION_NAMES } from './database/migration-names.js';
import { readAclEnv, readSetUpEnv, readUnknown, type SetUpEnv } from './env.js';
import { gatewayAcls, PRINCIPALS } from './set-up.acls.js';
import { isSeeded, SEEDED_TOKEN_MIN, type Seed } from './tokens/seeded-token.js';

/** Migrates the database, makes the topics and seeds `API_TOKEN`. Safe to run again at any time. */
async function setUp(): Promise<void> {
  for (const unknown of readUnknown()) console.warn(unknown);
  const env = readSetUpEnv();
  const session = { url: env.databaseUrl, applicationName: 'contact-sync gateway set-up', connectMs: SESSION_LIMITS.connectMs };
  // Lists fold text by pg_unicode_fast, which came with 18.
  await requireFitDatabase(session, { majorVersion: 18, extensions: ['pg_trgm'] });
  await Promise.all([setUpDatabase(env, session), setUpTopics(env)]);
}

async function setUpDatabase({ databaseUrl, seed }: SetUpEnv, session: Parameters<typeof isMigrated>[0]): Promise<void> {
  if (seed) warnOf(seed);
  const isWhole = await isMigrated(session, {
    migrations: MIGRATION_NAMES,
    ...(seed && { isWhole: (client) => isSeeded(client, seed) }),
  });
  if (isWhole) {
    console.log('Database is up to date.');
    return;
  }
  // Loaded only where there is something to do: see libs/postgres/src/light.ts.
  const { migrateAndSeed } = await import('./set-up.database.js');
  await migrateAndSeed(databaseUrl, seed);
}

function warnOf({ secret, token }: Seed): void {
  if (token.length < SEEDED_TOKEN_MIN)
    console.warn(`API_TOKEN is shorter than ${SEEDED_TOKEN_MIN} characters: the next release refuses it.`);
  if (new TokenKeys(secret).formOf(token) === 'wrong checksum')
    console.warn('API_TOKEN was made with another GATEWAY_SECRET and is not accepted: set another value.');
}

async function setUpTopics(env: SetUpEnv): Promise<void> {
  // kafkajs tells of each failed try, which the next one mends.
  const kafka = createKafka({ ...env.kafka, clientId: 'contact-sync-set-up' }, { debug: () => undefined });
  const { brokerWait } = program.opts<{ brokerWait: number }>();
  const { made, changed } = await ensureTopics(kafka, { ...env.topics, brokerWaitMs: 1_000 * brokerWait });
  for (const { topic, name, from, to } of changed) console.log(`Topic ${topic}: ${name} was ${from}, is ${to}.`);
  console.log(made.length > 0 ? `Topics made: ${made.join(', ')}.` : 'Topics are there, with the settings asked for.');
}

const program = setUpProgram({
  command: 'node dist/apps/gateway/src/set-up.js',
  description: "Migrates the gateway's database, makes the topics and seeds API_TOKEN. Safe to run again at any time.",
  version: VERSION,
  settings: 'GATEWAY_DATABASE_URL, KAFKA_…, TOPIC_…, and for a token API_TOKEN and GATEWAY_SECRET',
  grants: { database: 'contact_sync_gateway', owner: 'contact_sync_gateway_owner', role: 'contact_sync_gateway' },
  principals: PRINCIPALS,
  run: setUp,
  acls: (principals) => aclScript(gatewayAcls(principals, readAclEnv())),
  grantStatements,
}).option('--broker-wait <seconds>', 'how long a broker that starts may take until it answers', wholeNumber(0, 3_600), 0);

try {
  await program.parseAsync();
} catch (error) {
  const isExpected = [InvalidSettings, TopicMismatch, UnfitDatabase].some((kind) => error instanceof kind);
  console.error(isExpected ? (error as Error).message : `Set-up failed: ${(error as Error).name}: ${(error as Error).message}`);
  process.exitCode = 1;
}
