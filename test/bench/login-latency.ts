import pg from 'pg';
import { Connection, type Answer } from './connection.js';
import type { Target } from './load.js';

/** How many of the first contacts get a login. */
export const LOGINS = 20;
const GIVE_UP_MS = 15_000;
const VERSION = 'select version from portal_login where contact_id = $1';

/** Gives the first contacts a login each, and waits until the auth app has applied them. */
export async function createLogins(gateway: Target, authDatabaseUrl: string): Promise<void> {
  await withChanges(gateway, authDatabaseUrl, createAll);
}

/**
 * Changes logins one after the other, by turns the password and the email.
 * @returns for each change the time from its HTTP answer until the auth app has committed it, in milliseconds
 */
export async function measureLogins(gateway: Target, authDatabaseUrl: string, changes: number): Promise<number[]> {
  return withChanges(gateway, authDatabaseUrl, async (change) => {
    await createAll(change);
    const latenciesMs: number[] = [];
    for (let n = 0; n < changes; n++) {
      const id = 1 + (n % LOGINS);
      const round = Math.floor(n / LOGINS);
      const byTurns = round % 2 === 0 ? { password: `secret ${round} of ${id}` } : { email: `anna.${id}.${round}@example.org` };
      latenciesMs.push(await change(id, byTurns));
    }
    return latenciesMs;
  });
}

/** Changes a login and measures the milliseconds from its answer until the auth app has applied the change. */
type Change = (id: number, body: object) => Promise<number>;

async function createAll(change: Change): Promise<void> {
  for (let id = 1; id <= LOGINS; id++) await change(id, { password: `first secret of ${id}` });
}

async function withChanges<T>(gateway: Target, authDatabaseUrl: string, work: (change: Change) => Promise<T>): Promise<T> {
  const connection = await Connection.open(gateway.port);
  const auth = new pg.Client({ connectionString: authDatabaseUrl });
  await auth.connect();
  try {
    return await work(async (id, body) => {
      const answer = await connection.post(`${gateway.path}/${id}`, gateway.token, JSON.stringify(body));
      const answered = performance.now();
      await untilApplied(auth, id, versionOf(answer));
      return performance.now() - answered;
    });
  } finally {
    connection.close();
    await auth.end();
  }
}

function versionOf({ status, head, body }: Answer): number {
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
