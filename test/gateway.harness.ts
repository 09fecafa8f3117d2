import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { Logger } from '@nestjs/common';
import { topicOf, type TopicName } from '#app/contracts';
import { generateSealingKeys, type KeySet, TokenKeys } from '#app/credentials';
import { createKafka, ensureTopics } from '#app/messaging';
import { gatewayEnvironment } from '#app/system';
import { createTestDatabase, migratedTemplate, testServers, uniqueTopicPrefix, readTopic } from '#app/system/testing';
import pg from 'pg';
import { createGateway } from '../apps/gateway/src/bootstrap.js';
import { ormOptions } from '../apps/gateway/src/orm.js';
import { readEnv, type GatewayEnv } from '../apps/gateway/src/env.js';
import { seedToken } from '../apps/gateway/src/tokens/seed-token.js';

export const TOKEN = 'cs_test_token_of_every_scope';
export const SECRET = Buffer.alloc(32, 7).toString('base64url');

/** All migrations, and the token of every scope. */
const TEMPLATE = migratedTemplate('gateway', ormOptions, ({ em }) => seedToken(em, Buffer.from(SECRET, 'base64url'), TOKEN));

/** An answer of the gateway, its body parsed. */
export interface Answer<T = any> {
  status: number;
  headers: Headers;
  body: T;
}

/** A gateway in this process on the shared servers, with its own database and topics. */
export class TestGateway {
  private constructor(
    readonly url: string,
    readonly databaseUrl: string,
    readonly topicPrefix: string,
    readonly brokers: string[],
    readonly privateKeys: KeySet,
    readonly sql: pg.Pool,
    readonly stop: () => Promise<void>,
    /** Stops the app and keeps its database, so that a replica can start on it. */
    readonly halt: () => Promise<void>,
    private readonly env: GatewayEnv,
  ) {}

  /** @param through changes the database URL of the gateway, for instance to a proxy */
  static async start(settings: Record<string, string> = {}, through = (url: string): string => url): Promise<TestGateway> {
    const { database, source, keys } = await prepareGateway(settings, through);
    const env = readEnv(source);
    const brokers = env.kafka.brokers;
    const topicPrefix = env.topics.prefix;
    const app = await createGateway(env);
    await app.listen(0, '127.0.0.1');
    const sql = new pg.Pool({ connectionString: database.url, max: 4 });
    // A connection can still be closing when its database is dropped.
    sql.on('error', () => undefined);
    let halted: Promise<void> | undefined;
    const halt = () => (halted ??= app.close());
    const stop = async () => {
      await halt();
      await sql.end();
      await database.drop();
    };
    return new TestGateway(await app.getUrl(), database.url, topicPrefix, brokers, keys.privateKeys, sql, stop, halt, env);
  }

  /** A second gateway on the same database and topics; stop it before this one. */
  async replica(changes: Partial<GatewayEnv> = {}): Promise<TestGateway> {
    const app = await createGateway({ ...this.env, ...changes });
    await app.listen(0, '127.0.0.1');
    const { databaseUrl, topicPrefix, brokers, privateKeys, sql, env } = this;
    const stop = () => app.close();
    return new TestGateway(await app.getUrl(), databaseUrl, topicPrefix, brokers, privateKeys, sql, stop, stop, env);
  }

  /**
   * Sends a request under the base path, by default with a token of every scope.
   * @param signal ends the caller's connection
   */
  async call<T = any>(
    method: string,
    path: string,
    body?: unknown,
    headers: Record<string, string> = {},
    signal: AbortSignal | null = null,
  ): Promise<Answer<T>> {
    const raw = typeof body === 'string' || body instanceof Uint8Array || body === undefined;
    const response = await fetch(`${this.url}/external/api/v1${path}`, {
      method,
      headers: {
        authorization: `Bearer ${TOKEN}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      signal,
      ...(body === undefined ? {} : { body: (raw ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** The value of a sample of /metrics, named without this project's prefix. */
  async metric(sample: string): Promise<number> {
    const text = await (await fetch(`${this.url}/metrics`)).text();
    const line = text.split('\n').find((each) => each.startsWith(`contact_sync_${sample} `));
    return Number(line?.split(' ').at(-1));
  }

  /** Makes a token with these scopes, as another gateway can; its name is the token. */
  async insertToken(scopes: string[], ends: { expiresAt?: Date | null; revokedAt?: Date } = {}): Promise<string> {
    const keys = TokenKeys.ofText(SECRET);
    const token = keys.make();
    await this.sql.query(
      `insert into api_token (name, secret_hash, scopes, expires_at, revoked_at, has_checksum) values ($1, $2, $3, $4, $5, true)`,
      [token, keys.hash(token), scopes, ends.expiresAt, ends.revokedAt],
    );
    return token;
  }

  async createCompany(name = 'Acme Corp'): Promise<number> {
    return (await this.callUntilAnswered('POST', '/companies', { name })).body.data.id as number;
  }

  /** Creates a contact, by default in a new company. One with a login has a key: what was answered 503 may have been made. */
  async createContact(fields: Record<string, unknown> = {}): Promise<any> {
    const company = 'company_ids' in fields ? {} : { company_id: fields['company_id'] ?? (await this.createCompany()) };
    const key = 'password' in fields ? { 'Idempotency-Key': randomUUID() } : undefined;
    const contact = { first_name: 'John', ...company, ...fields };
    const { status, body } = await this.callUntilAnswered('POST', '/contacts', contact, key);
    if (status !== 201) throw new Error(`The contact was not created: ${status} ${JSON.stringify(body)}`);
    return body.data;
  }

  update(id: string | number, patch: unknown, headers?: Record<string, string>): Promise<Answer> {
    return this.call('POST', `/contacts/${id}`, patch, headers);
  }

  /** Updates like a caller that obeys `Retry-After`, for races that a slow machine may not finish within one deadline. */
  updateUntilAnswered(id: string | number, patch: unknown): Promise<Answer> {
    return this.callUntilAnswered('POST', `/contacts/${id}`, patch);
  }

  /** Sends like {@link updateUntilAnswered}. */
  async callUntilAnswered(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    for (;;) {
      const answer = await this.call(method, path, body, headers);
      if (answer.status !== 503 && answer.body?.code !== 'idempotency_key_in_use') return answer;
      await sleep(Number(answer.headers.get('retry-after')) * 1_000);
    }
  }

  /** The records of a contact on a topic, oldest first, when there are at least `count`. */
  async records(topic: TopicName, contactId: string | number, count: number) {
    const key = String(contactId);
    return readTopic(this.brokers, topicOf(topic, this.topicPrefix), { key, count });
  }

  topic(name: TopicName): string {
    return topicOf(name, this.topicPrefix);
  }
}

/** A database and topics for gateways, and their environment. */
export async function prepareGateway(settings: Record<string, string> = {}, through = (url: string): string => url) {
  const database = await createTestDatabase(TEMPLATE);
  const keys = await generateSealingKeys('test-1');
  const source = gatewayEnvironment(
    {
      databaseUrl: through(database.url),
      brokers: testServers().brokers.join(','),
      gatewaySecret: SECRET,
      publicKeys: keys.publicKeys,
    },
    { TOPIC_PREFIX: uniqueTopicPrefix(), TOPIC_PARTITIONS: '3', LOG_LEVEL: 'silent', API_RATE_LIMIT: '0', ...settings },
  );
  const { kafka, topics } = readEnv(source);
  await ensureTopics(createKafka({ ...kafka, clientId: 'test' }, new Logger('Kafka')), topics);
  return { database, source, keys };
}
