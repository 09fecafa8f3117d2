import { topicOf } from '#app/contracts';
import pg from 'pg';
import { Connection, type Answer } from './connection.js';
import type { Target } from './load.js';
import { clockMs, RecordWatch } from './record-watch.js';

/** How many of the first contacts get a login. */
export const LOGINS = 20;
const GIVE_UP_MS = 15_000;
const VERSION = 'select version from portal_login where contact_id = $1';

/** Gives the first contacts a login each, and waits until the auth app has applied them. */
export async function createLogins(gateway: Target, authDatabaseUrl: string): Promise<void> {
  await withChanges(gateway, authDatabaseUrl, createAll);
}

/** The way of one change, from its HTTP answer, in milliseconds. */
export interface ChangeTimes {
  wholeMs: number;
  toBrokerMs: number;
  toConsumerMs: number;
  toAppliedMs: number;
}

/** The ways of all changes, and the times of kafkajs' own send to its eachMessage in the same run. */
export interface LoginLatencies {
  changes: ChangeTimes[];
  plain: number[];
}

/** Changes logins one after the other, by turns the password and the email. */
export async function measureLogins(
  gateway: Target,
  { authDatabaseUrl, brokers }: LoginServers,
  count: number,
): Promise<LoginLatencies> {
  const topic = topicOf('portal-logins.v1');
  const watch = await RecordWatch.start(brokers, [topic]);
  try {
    const changes: ChangeTimes[] = [];
    await withChanges(gateway, authDatabaseUrl, async (change) => {
      await createAll(change);
      for (let n = 0; n < count; n++) {
        const id = 1 + (n % LOGINS);
        const round = Math.floor(n / LOGINS);
        const byTurns = round % 2 === 0 ? { password: `secret ${round} of ${id}` } : { email: `anna.${id}.${round}@example.org` };
        const { version, answeredAt, appliedAt } = await change(id, byTurns);
        const { appendedAt, receivedAt } = await watch.record(topic, id, version);
        changes.push({
          wholeMs: appliedAt - answeredAt,
          toBrokerMs: appendedAt - answeredAt,
          toConsumerMs: receivedAt - appendedAt,
          toAppliedMs: appliedAt - receivedAt,
        });
      }
    });
    return { changes, plain: await watch.plainLatencies(count) };
  } finally {
    await watch.stop();
  }
}

interface LoginServers {
  authDatabaseUrl: string;
  brokers: string[];
}

/** Changes a login, and waits until the auth app has applied it. */
type MakeChange = (id: number, body: object) => Promise<{ version: number; answeredAt: number; appliedAt: number }>;

async function createAll(change: MakeChange): Promise<void> {
  for (let id = 1; id <= LOGINS; id++) await change(id, { password: `first secret of ${id}` });
}

async function withChanges<T>(gateway: Target, authDatabaseUrl: string, work: (change: MakeChange) => Promise<T>): Promise<T> {
  const connection = await Connection.open(gateway.port);
  const auth = new pg.Client({ connectionString: authDatabaseUrl });
  await auth.connect();
  try {
    return await work(async (id, body) => {
      const answer = await connection.post(`${gateway.path}/${id}`, gateway.token, JSON.stringify(body));
      const answeredAt = clockMs();
      const version = versionOf(answer);
      await untilApplied(auth, id, version);
      return { version, answeredAt, appliedAt: clockMs() };
    });
  } finally {
    connection.close();
    await auth.end();
  }
}

/** The version of the login in an answer. */
export function versionOf({ status, head, body }: Answer): number {
  const version = /\r\nportal-login-version: *(\d+)/i.exec(head)?.[1];
  if (status !== 200 || version === undefined) throw new Error(`The gateway answered ${status}: ${body}`);
  return Number(version);
}

async function untilApplied(auth: pg.Client, contactId: number, version: number): Promise<void> {
  const deadline = performance.now() + GIVE_UP_MS;
  for (;;) {
    const { rows } = await auth.query<{ version: string }>({ name: 'version', text: VERSION, values: [contactId] });
    if (Number(rows[0]?.version ?? 0) >= version) return;
    if (performance.now() > deadline) throw new Error(`The auth app has not applied version ${version} of login ${contactId}.`);
  }
}
