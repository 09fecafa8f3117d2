import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { Connection } from '../connection.js';
import { seedGateway } from '../seed.js';
import type { Bench } from '../system.js';
import { publishLogins } from './login-records.js';

const PERSON = { email: 'somebody@example.org', password: 'correct horse battery' };
const APPLY_MS = 600_000;

/** Figures of a rebuild, and of the sign-ins during it. */
export interface RebuildMeasurement {
  logins: number;
  /** Seconds from an empty projection to one that has the whole topic and is compared. */
  prepareSeconds: number;
  records: number;
  swapSeconds: number;
  /** Milliseconds for which changes of logins waited during the swap. */
  heldMs: number;
  signInsMs: number[];
  /** Sign-ins that got no session. */
  refused: number;
  /** Whether a session from before the rebuild is still valid. */
  sessionGoesOn: boolean;
  same: number;
}

/** Publishes the logins, and rebuilds them during continuous sign-ins. */
export async function measureRebuild({ logins }: { logins: number }, bench: Bench): Promise<RebuildMeasurement> {
  const { say } = bench;
  await seedGateway(bench.gatewayDatabaseUrl);
  await makePerson(bench);
  say(`Sealing and publishing ${logins.toLocaleString('en')} logins …`);
  await publishLogins(bench.gatewayDatabaseUrl, bench.publicKeys, logins);
  await untilApplied(bench.authDatabaseUrl, logins + 1);
  const token = await signIn(bench);
  if (token === undefined) throw new Error('Nobody can sign in.');

  say('Rebuilding, while somebody signs in …');
  const people = new People(bench);
  const prepared = await bench.rebuildAuth('prepare');
  const swapped = await bench.rebuildAuth('swap');
  const { signInsMs, refused } = await people.stop();
  const me = await fetch(`${urlOf(bench)}/portal/me`, { headers: { authorization: `Bearer ${token}` } });
  return {
    logins,
    signInsMs,
    refused,
    sessionGoesOn: me.ok,
    same: swapped.comparison.same,
    prepareSeconds: prepared.seconds,
    records: prepared.records.applied,
    swapSeconds: swapped.seconds,
    heldMs: swapped.heldMs,
  };
}

/** Signs in again and again. */
class People {
  private readonly signInsMs: number[] = [];
  private refused = 0;
  private isOver = false;
  private readonly done: Promise<void>;

  constructor(private readonly bench: Bench) {
    this.done = this.run();
  }

  async stop(): Promise<{ signInsMs: number[]; refused: number }> {
    this.isOver = true;
    await this.done;
    return { signInsMs: this.signInsMs, refused: this.refused };
  }

  private async run(): Promise<void> {
    while (!this.isOver) {
      const began = performance.now();
      if ((await signIn(this.bench)) === undefined) this.refused++;
      this.signInsMs.push(performance.now() - began);
      // The pause leaves CPU to the rebuild, which is measured.
      await sleep(100);
    }
  }
}

const urlOf = ({ authPort }: Bench): string => `http://127.0.0.1:${authPort}`;

async function signIn(bench: Bench): Promise<string | undefined> {
  const headers = { 'content-type': 'application/json' };
  const answer = await fetch(`${urlOf(bench)}/portal/sessions`, { method: 'POST', headers, body: JSON.stringify(PERSON) });
  const { data } = (await answer.json()) as { data?: { access_token: string } };
  return data?.access_token;
}

async function makePerson({ gatewayPort, apiToken }: Bench): Promise<void> {
  const connection = await Connection.open(gatewayPort);
  const { status, body } = await connection.post('/external/api/v1/contacts/1', apiToken, JSON.stringify(PERSON));
  connection.close();
  if (status !== 200) throw new Error(`The gateway answered ${status}: ${body}`);
}

async function untilApplied(authDatabaseUrl: string, logins: number): Promise<void> {
  const client = new pg.Client({ connectionString: authDatabaseUrl });
  await client.connect();
  try {
    for (const deadline = Date.now() + APPLY_MS; ; await sleep(500)) {
      const { rows } = await client.query<{ logins: string }>('select count(*) as logins from portal_login');
      if (Number(rows[0]!.logins) >= logins) return;
      if (Date.now() > deadline) throw new Error(`Not ${logins} logins applied within ${APPLY_MS / 1_000} s.`);
    }
  } finally {
    await client.end();
  }
}
