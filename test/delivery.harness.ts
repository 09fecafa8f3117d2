import { randomUUID } from 'node:crypto';
import { createAuth } from '../apps/auth/src/bootstrap.js';
import { ormOptions } from '../apps/auth/src/database/orm.js';
import { readEnv } from '../apps/auth/src/env.js';
import type { KeySet } from '#app/credentials';
import { authEnvironment, generateSigningKeys, randomSecret } from '#app/system';
import {
  createTestDatabase,
  eventually,
  migratedTemplate,
  SeededRandom,
  TopicReader,
  withProducer,
  type TestDatabase,
} from '#app/system/testing';
import type { NestFastifyApplication } from '@nestjs/platform-fastify';
import pg from 'pg';
import type { InvariantName } from './faults/check/evidence.js';
import { violationsOf } from './faults/check/invariants.js';
import { collect, untilSettled, type ObservedSystem } from './faults/check/collect-evidence.js';
import { searchTexts } from './faults/check/secrets.js';
import { Caller } from './faults/load/caller.js';
import { History, type Operation } from './faults/load/history.js';
import { TestGateway, TOKEN } from './gateway.harness.js';

/** Gateway and auth app in this process, called and checked as the fault harness does with real processes. */
export class DeliveryWorld {
  readonly reader: TopicReader;
  /** Lines of the log. */
  readonly logged: string[] = [];
  private history = new History();
  private canary = '';
  private readonly caller: Caller;
  private auth: NestFastifyApplication | undefined;

  private constructor(
    readonly gateway: TestGateway,
    private readonly database: TestDatabase,
    readonly sql: pg.Pool,
    private readonly signingKeys: KeySet,
  ) {
    this.reader = new TopicReader(gateway.brokers);
    const app = { name: 'gateway', url: gateway.url, isReady: true, isAwake: true };
    this.caller = new Caller([{ app }], TOKEN, new SeededRandom(1));
  }

  static async start(): Promise<DeliveryWorld> {
    const gateway = await TestGateway.start();
    const database = await createTestDatabase(migratedTemplate('auth', ormOptions));
    const keys = await generateSigningKeys('sign-1');
    const sql = new pg.Pool({ connectionString: database.url, max: 2 });
    sql.on('error', () => undefined);
    const world = new DeliveryWorld(gateway, database, sql, keys);
    await world.startAuth();
    return world;
  }

  async startAuth(): Promise<void> {
    const { topicPrefix, brokers, privateKeys } = this.gateway;
    const environment = authEnvironment(
      {
        databaseUrl: this.database.url,
        brokers: brokers.join(','),
        operatorToken: randomSecret(),
        privateKeys,
        signingKeys: this.signingKeys,
      },
      { TOPIC_PREFIX: topicPrefix, CONSUMER_GROUP: `auth-${topicPrefix}`, LOG_LEVEL: 'silent' },
    );
    this.auth = await createAuth(readEnv(environment));
    await this.auth.listen(0, '127.0.0.1');
  }

  async stopAuth(): Promise<void> {
    await this.auth?.close();
    this.auth = undefined;
  }

  async restartAuth(): Promise<void> {
    await this.stopAuth();
    await this.startAuth();
  }

  async close(): Promise<void> {
    await this.stopAuth();
    await this.gateway.stop();
    await this.sql.end();
    await this.database.drop();
  }

  /** Returns the invariants that a scenario breaks; the scenario makes its own contacts. */
  async brokenBy(scenario: (world: this) => Promise<void>, restWithinMs: number): Promise<InvariantName[]> {
    this.history = new History();
    this.canary = `canary-${randomUUID()}`;
    this.logged.length = 0;
    await scenario(this);
    const pendingWork = await untilSettled(this.observed, restWithinMs);
    const { operations } = this.history;
    const fromContactId = Math.min(...operations.flatMap(({ contactId }) => contactId ?? []));
    const recovery = { ms: 0, healthChecks: [], ended: [], pendingWork };
    const evidence = await collect(this.observed, { operations, fromContactId, recovery, canary: this.canary });
    const secrets = searchTexts(this.canary, [{ place: 'the log', text: this.logged.join('\n') }]);
    const violations = violationsOf({ ...evidence, secrets: [...evidence.secrets, ...secrets] });
    return [...new Set(violations.map(({ invariant }) => invariant))];
  }

  /** Makes a contact, with a login if an email is given. */
  async contact(email?: string): Promise<number> {
    const company_id = await this.gateway.createCompany();
    const login = email === undefined ? {} : { email, password: this.newPassword() };
    const body = { first_name: 'Anna', company_id, ...login };
    const made = await this.ask({ kind: 'create', contactId: null, method: 'POST', path: '/contacts', body, key: randomUUID() });
    return made.contactId!;
  }

  /** A password that the search finds wherever it must not be. */
  newPassword(): string {
    return `${this.canary}-${randomUUID()}`;
  }

  update(contactId: number, body: Record<string, unknown>): Promise<Operation> {
    return this.ask({ kind: 'update', contactId, method: 'POST', path: `/contacts/${contactId}`, body, key: undefined });
  }

  removeLogin(contactId: number): Promise<Operation> {
    const path = `/contacts/${contactId}/password`;
    return this.ask({ kind: 'remove-login', contactId, method: 'DELETE', path, body: undefined, key: undefined });
  }

  /** Waits until the relay has published all committed events. */
  async untilPublished(timeoutMs?: number): Promise<void> {
    const sql = 'select from outbox limit 1';
    const look = async (): Promise<void> => {
      if ((await this.gateway.sql.query(sql)).rowCount) throw new Error('Events wait.');
    };
    await eventually(look, timeoutMs === undefined ? {} : { timeoutMs });
  }

  async untilApplied(): Promise<void> {
    await untilSettled(this.observed, 40_000);
  }

  /** Restarts the relay's work, as a lost connection does. */
  async interruptRelay(): Promise<void> {
    await this.gateway.sql.query(
      `select pg_terminate_backend(pid) from pg_stat_activity where application_name = 'contact-sync relay' and datname = current_database()`,
    );
  }

  /** Writes the first record of a login to its topic again. */
  async repeatFirstOf(contactId: number): Promise<void> {
    const topic = this.gateway.topic('portal-logins.v1');
    const first = (await this.reader.read(topic)).find(({ key }) => key === String(contactId))!;
    const repeated = { key: first.key, value: first.value, headers: { ...first.headers } };
    await withProducer(this.gateway.brokers, (producer) => producer.send({ topic, messages: [repeated] }));
  }

  private async ask(operation: Parameters<History['add']>[0]): Promise<Operation> {
    const asked = this.history.add(operation);
    await this.caller.send(asked, new AbortController().signal);
    return asked;
  }

  private get observed(): ObservedSystem {
    return { sql: { gateway: this.gateway.sql, auth: this.sql }, reader: this.reader, topicPrefix: this.gateway.topicPrefix };
  }
}

/** A new email address. */
export const newEmail = (): string => `${randomUUID()}@planted.example`;
