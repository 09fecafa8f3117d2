import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import { encodeEvent, tombstoneAfter, topicOf, type EventRecord, type PortalLoginChange } from '#app/contracts';
import {
  generateEventMacKeys,
  generateSealingKeys,
  hashPassword,
  markOf,
  readEventMacKeys,
  readSealingKey,
  sealCredential,
  type KeySet,
} from '#app/credentials';
import { ensureTopics } from '#app/messaging';
import { authEnvironment, generateSigningKeys } from '#app/system';
import {
  createTestDatabase,
  migratedTemplate,
  plainKafka,
  plainProducer,
  testServers,
  uniqueTopicPrefix,
  type TestDatabase,
} from '#app/system/testing';
import type { Kafka, Message, Producer } from 'kafkajs';
import pg from 'pg';
import { createAuth } from '../apps/auth/src/bootstrap.js';
import { ormOptions } from '../apps/auth/src/database/orm.js';
import { readEnv, type AuthEnv } from '../apps/auth/src/env.js';

export const OPERATOR_TOKEN = 'operator-token-of-the-tests';

/** An answer of the auth app, its body parsed. */
export interface Answer<T = any> {
  status: number;
  headers: Headers;
  body: T;
}

/** The auth app in the process of the spec. */
export class RunningAuth {
  constructor(
    readonly url: string,
    readonly app: NestFastifyApplication,
  ) {}

  async call<T = any>(method: string, path: string, body?: unknown, headers: Record<string, string> = {}): Promise<Answer<T>> {
    const isRaw = typeof body === 'string' || body instanceof Uint8Array;
    const response = await fetch(`${this.url}${path}`, {
      method,
      headers: { ...(body === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
      ...(body === undefined ? {} : { body: (isRaw ? body : JSON.stringify(body)) as NonNullable<RequestInit['body']> }),
    });
    const text = await response.text();
    return { status: response.status, headers: response.headers, body: (text ? JSON.parse(text) : undefined) as T };
  }

  /** Calls like a caller that obeys `Retry-After`: a busy machine can be out of time. */
  async callUntilAnswered(method: string, path: string, body?: unknown, headers?: Record<string, string>): Promise<Answer> {
    for (;;) {
      const answer = await this.call(method, path, body, headers);
      if (answer.status !== 503) return answer;
      await sleep(Number(answer.headers.get('retry-after')) * 1_000);
    }
  }

  /** Signs in like {@link callUntilAnswered}. */
  signIn(email: string, password: string): Promise<Answer> {
    return this.callUntilAnswered('POST', '/portal/sessions', { email, password });
  }

  async tokenOf(email: string, password: string): Promise<string> {
    const { status, body } = await this.signIn(email, password);
    if (status !== 201) throw new Error(`Not signed in: ${status} ${JSON.stringify(body)}`);
    return body.data.access_token as string;
  }

  me(token: string): Promise<Answer> {
    return this.call('GET', '/portal/me', undefined, { authorization: `Bearer ${token}` });
  }

  /** Asks like {@link callUntilAnswered}. */
  login(contactId: number, query = ''): Promise<Answer> {
    return this.callUntilAnswered('GET', `/portal/logins/${contactId}${query}`, undefined, {
      authorization: `Bearer ${OPERATOR_TOKEN}`,
    });
  }

  /** Waits until a login has a version, or is removed at it. */
  async reaches(contactId: number, version: number): Promise<void> {
    const { status, body } = await this.login(contactId, `?min_version=${version}&wait=30`);
    if (status !== 200 && body.code !== 'portal_login_not_found')
      throw new Error(`Login ${contactId} is not at version ${version}: ${status} ${JSON.stringify(body)}`);
  }

  async health(): Promise<any> {
    return (await this.call('GET', '/health')).body;
  }
}

/** Topics, keys and a database of one suite, on which auth apps start and stop. */
export class AuthWorld {
  readonly topic: string;
  readonly deadLetters: string;
  readonly brokers = testServers().brokers;
  readonly group = `auth-${randomUUID()}`;
  /** Keys of the gateway's marks; an auth app gets them as `EVENT_MAC_KEYS`. */
  readonly macKeys = JSON.stringify(generateEventMacKeys('mac-1'));
  private readonly running = new Set<RunningAuth>();
  private nextPosition = 1;
  private nextContact = 1;

  private constructor(
    readonly topicPrefix: string,
    readonly partitions: number,
    readonly database: TestDatabase,
    readonly sql: pg.Pool,
    readonly keys: { publicKeys: KeySet; privateKeys: KeySet },
    readonly kafka: Kafka,
    readonly producer: Producer,
    private readonly signingKeys: KeySet,
  ) {
    this.topic = topicOf('portal-logins.v1', topicPrefix);
    this.deadLetters = topicOf('portal-logins.v1.dead-letters', topicPrefix);
  }

  static async create(partitions = 3): Promise<AuthWorld> {
    const prefix = uniqueTopicPrefix();
    const kafka = plainKafka(testServers().brokers);
    await ensureTopics(kafka, { prefix, partitions, replicationFactor: 1, minInsyncReplicas: 1 });
    const producer = plainProducer(kafka);
    await producer.connect();
    const database = await createTestDatabase(migratedTemplate('auth', ormOptions));
    const signing = await generateSigningKeys('sign-1');
    const sql = new pg.Pool({ connectionString: database.url, max: 2 });
    sql.on('error', () => undefined);
    return new AuthWorld(prefix, partitions, database, sql, await generateSealingKeys('seal-1'), kafka, producer, signing);
  }

  /** The environment of an auth app on these topics and this database; the events tool reads the number of partitions too. */
  environment(settings: Record<string, string> = {}): Record<string, string> {
    return authEnvironment(
      {
        databaseUrl: this.database.url,
        brokers: this.brokers.join(','),
        operatorToken: OPERATOR_TOKEN,
        privateKeys: this.keys.privateKeys,
        signingKeys: this.signingKeys,
      },
      {
        TOPIC_PREFIX: this.topicPrefix,
        TOPIC_PARTITIONS: String(this.partitions),
        CONSUMER_GROUP: this.group,
        LOG_LEVEL: process.env['TEST_LOG_LEVEL'] ?? 'silent',
        ...settings,
      },
    );
  }

  /** The settings of an auth app of this suite. */
  env(settings: Record<string, string> = {}): AuthEnv {
    return readEnv(this.environment(settings));
  }

  async start(settings: Record<string, string> = {}): Promise<RunningAuth> {
    const app = await createAuth(this.env(settings));
    await app.listen(0, '127.0.0.1');
    const auth = new RunningAuth(await app.getUrl(), app);
    this.running.add(auth);
    return auth;
  }

  async stop(auth: RunningAuth): Promise<void> {
    this.running.delete(auth);
    await auth.app.close();
  }

  async close(): Promise<void> {
    for (const auth of this.running) await this.stop(auth);
    await this.producer.disconnect();
    await this.sql.end();
    await this.database.drop();
  }

  /** Builds the events of a new login. */
  newLogin(): LoginEventBuilder {
    return new LoginEventBuilder(this.nextContact++, this.keys.publicKeys, () => this.nextPosition++);
  }

  /** Bounds of the topic of logins, by partition. */
  async ends(): Promise<{ partition: number; high: string }[]> {
    const admin = this.kafka.admin();
    await admin.connect();
    const bounds = await admin.fetchTopicOffsets(this.topic).finally(() => admin.disconnect());
    return bounds.sort((a, b) => a.partition - b.partition);
  }

  /** The record with the gateway's mark. */
  marked(record: EventRecord, keys = this.macKeys): EventRecord {
    return { ...record, headers: { ...record.headers, ce_mac: markOf(readEventMacKeys(keys), record) } };
  }

  async publish(...records: EventRecord[]): Promise<void> {
    for (const { key, value, headers } of records) await this.send({ key, value, headers });
  }

  async send(...messages: Message[]): Promise<void> {
    await this.producer.send({ topic: this.topic, acks: -1, messages });
  }
}

/** Builds the events of one login in order, as the gateway writes them. */
export class LoginEventBuilder {
  version = 0;
  email = '';
  private credential = '';

  constructor(
    readonly contactId: number,
    private readonly publicKeys: KeySet,
    private readonly nextPosition: () => number,
  ) {}

  async created(email: string, password: string): Promise<EventRecord> {
    this.email = email;
    this.credential = await this.seal(password);
    return this.record(['created']);
  }

  async newPassword(password: string): Promise<EventRecord> {
    this.credential = await this.seal(password);
    return this.record(['password']);
  }

  newEmail(email: string): EventRecord {
    this.email = email;
    return this.record(['email']);
  }

  /** The same password, sealed again: the login itself does not change. */
  async resealed(password: string): Promise<EventRecord> {
    this.credential = await this.seal(password);
    return this.record([]);
  }

  /** An event with any credential and any changes. */
  withCredential(credential: string, changes: PortalLoginChange[] = ['password']): EventRecord {
    this.credential = credential;
    return this.record(changes);
  }

  /** The removal, and the tombstone behind it. */
  removed(): [EventRecord, EventRecord] {
    const event = { ...this.event(['removed']), email: null, credential: null };
    return [encodeEvent(envelope(event)), tombstoneAfter(envelope(event), randomUUID())];
  }

  private record(changes: PortalLoginChange[]): EventRecord {
    return encodeEvent(envelope(this.event(changes)));
  }

  private event(changes: PortalLoginChange[]) {
    return {
      contact_id: this.contactId,
      version: ++this.version,
      position: this.nextPosition(),
      changes,
      email: this.email as string | null,
      previous_email: null,
      credential: this.credential as string | null,
    };
  }

  private async seal(password: string): Promise<string> {
    const key = await readSealingKey(JSON.stringify(this.publicKeys));
    return sealCredential(key, this.contactId, await hashPassword(password));
  }
}

/** The greatest version and position that a record can have. */
const GREATEST = Number.MAX_SAFE_INTEGER;

/** A forged record by an attacker with the public key and write access: the greatest version, and the attacker's password. */
export async function forgedLogin(
  world: AuthWorld,
  { contactId, email, password }: { contactId: number; email: string; password: string },
): Promise<EventRecord> {
  const record = await Object.assign(world.newLogin(), { contactId }).created(email, password);
  const data = { ...(JSON.parse(record.value!) as object), version: GREATEST, position: GREATEST };
  const headers = { ...record.headers, ce_sequence: String(GREATEST).padStart(20, '0') };
  return { ...record, headers, value: JSON.stringify(data) };
}

type LoginEvent = Parameters<typeof tombstoneAfter>[0];

const envelope = (data: LoginEvent['data']): LoginEvent => ({
  id: randomUUID(),
  time: new Date().toISOString(),
  correlationId: `test-${data.contact_id}-${data.version}`,
  actor: '1',
  traceparent: null,
  name: 'PortalLoginChanged',
  data,
});
