import { afterAll, beforeAll, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { createMigratedDatabase, eventually, type MigratedDatabase } from '#app/system/testing';
import { ormOptions } from '../database/orm.js';
import { changed } from '../portal-logins/login-histories.fixtures.js';
import { AttemptCounts } from './attempt-counts.js';
import { AttemptKeys } from './attempt-keys.js';
import { AttemptsFollowUp } from './attempts-follow-up.js';
import { ExpiredRows } from './expired-rows.js';
import { TooManyAttempts } from './portal-session.errors.js';
import { SignInAttempts, type Reservation } from './sign-in-attempts.js';

const LIMITS = { perEmailAndAddress: 100, perAddress: 100, perEmail: 100, windowSeconds: 900, atOnce: 100 };
const LIMIT = 4;

let database: MigratedDatabase;
let address: string;
let number = 0;

beforeAll(async () => {
  database = await createMigratedDatabase('auth', ormOptions);
});
beforeEach(() => {
  address = `192.0.2.${++number}`;
});
afterAll(() => database?.drop());

/** The attempts of one replica. */
const replica = (limits: Partial<typeof LIMITS>): SignInAttempts =>
  new SignInAttempts(database.orm.em, new AttemptKeys(Buffer.alloc(32)), { ...LIMITS, ...limits });

/** A sign-in that runs until it is ended. */
interface Running {
  succeed: () => Promise<void>;
  fail: () => Promise<void>;
}

/** Begins a sign-in, with an email of its own if none is given; the seconds to wait if a limit refuses it. */
async function begin(attempts: SignInAttempts, emailKey = `${++number}@example.com`): Promise<Running | number> {
  const gate = Promise.withResolvers<(reservation: Reservation) => Promise<void>>();
  const reserved = Promise.withResolvers<void>();
  const ended = attempts.run({ emailKey, address }, async (reserve) => {
    const reservation = await reserve();
    reserved.resolve();
    await (
      await gate.promise
    )(reservation);
  });
  const error = await Promise.race([reserved.promise, ended.catch((error: unknown) => error)]);
  if (error instanceof TooManyAttempts) return error.retryAfterSeconds;
  const end = (work: (reservation: Reservation) => Promise<void>): Promise<void> => (gate.resolve(work), ended);
  return {
    succeed: () => end((reservation) => attempts.takeBack(database.orm.em.fork(), reservation)),
    fail: () => end((reservation) => attempts.fail(reservation)),
  };
}

async function run(attempts: SignInAttempts, emailKey?: string): Promise<Running> {
  const begun = await begin(attempts, emailKey);
  if (typeof begun === 'number') throw new Error(`Refused for ${begun} s.`);
  return begun;
}

async function addLogin(contactId: number, email: string): Promise<void> {
  await database.orm.em.execute(
    `insert into portal_login (contact_id, version, position, email, email_key, removed, session_version, synced_at)
     values (?, 1, 1, ?, ?, false, 1, now())`,
    [contactId, email, email],
  );
}

describe.each([
  ['an address', { perAddress: LIMIT }],
  ['an email and address', { perEmailAndAddress: LIMIT }],
  ['an email', { perEmail: LIMIT }],
])('the limit of %s', (_, limits) => {
  let emailKey: string | undefined;

  beforeEach(() => {
    emailKey = 'perAddress' in limits ? undefined : `${++number}@example.com`;
  });

  it('when failures and running sign-ins fill it / refuses for a second, and serves when these have succeeded', async () => {
    const [attempts, other] = [replica(limits), replica(limits)];
    for (let n = 0; n < LIMIT - 2; n++) await (await run(attempts, emailKey)).fail();
    const running = [await run(attempts, emailKey), await run(other, emailKey)];
    expect(await Promise.all([attempts, other].map((each) => begin(each, emailKey)))).toEqual([1, 1]);
    for (const each of running) await each.succeed();
    const served = (): Promise<Running> => run(attempts, emailKey);
    await (await eventually(served)).succeed();
  });

  it('when the running ones fail / refuses every replica for the window, and asks the database once', async () => {
    const [attempts, other] = [replica(limits), replica(limits)];
    const running: Running[] = [];
    for (let n = 0; n < LIMIT; n++) running.push(await run(attempts, emailKey));
    for (const each of running) await each.fail();
    const counts = jest.spyOn(AttemptCounts.prototype, 'secondsLeft');
    for (const each of [attempts, other, attempts]) expect(await begin(each, emailKey)).toBeGreaterThan(840);
    expect(counts).toHaveBeenCalledTimes(2);
    counts.mockRestore();
  });

  it("when the database's clock is set back after failures that fill it / they count no longer", async () => {
    const attempts = replica(limits);
    for (let n = 0; n < LIMIT; n++) await (await run(attempts, emailKey)).fail();
    expect(await begin(replica(limits), emailKey)).toBeGreaterThan(1);
    const later = (column: string): string => `array(select at + interval '1 hour' from unnest(${column}) as at order by at)`;
    await database.orm.em
      .fork()
      .execute(`update login_attempt set attempted_at = ${later('attempted_at')}, failed_at = ${later('failed_at')}`);
    await (await run(replica(limits), emailKey)).fail();
  });
});

it('when the limit of an email refuses sign-ins / they fill the limit of the address as failures do', async () => {
  const attempts = replica({ perEmailAndAddress: 1, perAddress: LIMIT });
  await (await run(attempts, 'cy@example.com')).fail();
  for (let n = 1; n < LIMIT; n++) expect(await begin(attempts, 'cy@example.com')).toBeGreaterThan(840);
  await eventually(async () => expect(await begin(attempts)).toBeGreaterThan(840));
});

it('when the limit of an email refuses sign-ins from a new address / they are not counted for the email and address', async () => {
  const attempts = replica({ perEmail: 1 });
  await (await run(attempts, 'di@example.com')).fail();
  address = `192.0.2.${++number}`;
  expect(await begin(attempts, 'di@example.com')).toBeGreaterThan(840);
  const key = new AttemptKeys(Buffer.alloc(32)).ofEmailAndAddress('di@example.com', address);
  const counted = await database.orm.em.execute('select attempted_at from login_attempt where key = ?', [key]);
  expect(counted).toEqual([{ attempted_at: [] }]);
});

it('when the failures that fill a limit are minutes apart / refuses until the oldest of them is over', async () => {
  const limits = { perEmail: LIMIT };
  for (let n = 0; n < LIMIT; n++) await (await run(replica(limits), 'ed@example.com')).fail();
  const key = new AttemptKeys(Buffer.alloc(32)).ofEmail('ed@example.com');
  const minutesAgo =
    "array(select at - (row_number() over (order by at desc) - 1) * interval '60 s' from unnest(failed_at) at order by 1)";
  await database.orm.em.execute(
    `update login_attempt set failed_at = ${minutesAgo}, attempted_at = ${minutesAgo} where key = ?`,
    [key],
  );
  const seconds = await begin(replica(limits), 'ed@example.com');
  expect(seconds).toBeGreaterThan(840 - 60 * (LIMIT - 1));
  expect(seconds).toBeLessThanOrEqual(900 - 60 * (LIMIT - 1));
});

it('when the window of the first attempt is over / the sweep of expired rows leaves the later ones counted', async () => {
  const limits = { perEmail: 2 };
  await (await run(replica(limits), 'gi@example.com')).fail();
  await database.orm.em.execute("update login_attempt set expires_at = clock_timestamp() - interval '1 s'");
  await (await run(replica(limits), 'gi@example.com')).fail();
  const sweep = new ExpiredRows(database.orm.em);
  sweep.onApplicationBootstrap();
  await sweep.beforeApplicationShutdown();
  expect(await begin(replica(limits), 'gi@example.com')).toBeGreaterThan(840);
});

it('when a login has signed in from an IPv6 address / the limit of its email does not hold that /64, and holds other addresses', async () => {
  const email = 'fi@example.com';
  await addLogin(1, email);
  const attempts = replica({ perEmail: 1, perEmailAndAddress: 1 });
  await attempts.remember(database.orm.em.fork(), 1, '2001:db8::1');
  await (await run(attempts, email)).fail();
  address = '2001:DB8:0:0:ffff::9';
  for (let n = 0; n < 2; n++) await (await run(attempts, email)).succeed();
  address = '2001:db8:0:1::1';
  expect(await begin(attempts, email)).toBeGreaterThan(840);
});

it('when an address that a login knows has expired / the limit of its email holds it, until the login signs in from it again', async () => {
  const email = 'jo@example.com';
  await addLogin(2, email);
  const limits = { perEmail: 1 };
  await (await run(replica(limits), email)).fail();
  const signIn = () => replica(limits).remember(database.orm.em.fork(), 2, address);
  await signIn();
  await (await run(replica(limits), email)).succeed();
  await database.orm.em.execute('update known_address set expires_at = clock_timestamp() where contact_id = 2');
  expect(await begin(replica(limits), email)).toBeGreaterThan(840);
  await signIn();
  await (await run(replica(limits), email)).succeed();
});

it.each([
  [['created'], 'are cleared', 'object'],
  [['email', 'password'], 'are cleared', 'object'],
  [['email'], 'stay', 'number'],
  [[], 'stay', 'number'],
])('when an event of a login says %j / the counts of its email %s', async (changes, _, begun) => {
  const email = `${++number}@example.com`;
  await (await run(replica({ perEmail: 1 }), email)).fail();
  const record = changed({ contactId: 3, version: 1, position: 1, changes, email });
  await new AttemptsFollowUp(new AttemptKeys(Buffer.alloc(32))).applied(database.orm.em.fork(), [record]);
  const next = await begin(replica({ perEmail: 1 }), email);
  expect(typeof next).toBe(begun);
  if (typeof next === 'object') await next.succeed();
});
