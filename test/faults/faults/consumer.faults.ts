import { setTimeout as sleep } from 'node:timers/promises';
import { generateSealingKeys } from '#app/credentials';
import { preloadOf } from '../seams/preload-of.js';
import type { Replica } from '../system/system.js';
import { withAuthsKilled } from './auths-killed.js';
import type { Fault, FaultContext } from './fault.js';
import { setPasswords } from './logins.js';

/** A handler may take 30 s. */
const HANGING_SECONDS = 40;
const STORM_SECONDS = 15;

/** Restarts a replica with a trouble inside its process. */
async function restart({ app }: Replica, trouble?: string, amount = 1): Promise<void> {
  await app.kill();
  const preloads = trouble === undefined ? [] : [preloadOf({ trouble, amount: String(amount) })];
  await app.start({ preloads });
  await app.untilReady();
}

const handlerHangs: Fault = {
  number: 15,
  name: 'a handler hangs',
  run: async ({ system, random, lasts }) => {
    const replica = random.pick(system.auths);
    await restart(replica, 'hang', HANGING_SECONDS * 10);
    await lasts(HANGING_SECONDS);
  },
};

const rebalanceStorm: Fault = {
  number: 16,
  name: 'auth replicas stop and start every three seconds',
  run: async ({ system, random, seconds }) => {
    for (const end = Date.now() + Math.max(seconds, STORM_SECONDS) * 1_000; Date.now() < end; await sleep(3_000)) {
      const { app } = random.pick(system.auths);
      await (random.chance(0.5) ? app.kill() : app.terminate());
      await app.start();
    }
    await Promise.all(system.auths.map(({ app }) => app.untilReady()));
  },
};

const replays: Fault = {
  number: 17,
  name: 'every record again over what is held, then from zero, three times',
  approximation: 'orders of two partitions and compacted copies are tried by the tests of the auth app',
  run: async (context) => {
    const { system, load, rest, violate } = context;
    await load.pause();
    await rest();
    const wanted = await loginsOf(context);
    const again = [
      'update consumer_offset set next_offset = 0',
      ...Array<string>(3).fill('delete from portal_login; delete from consumer_offset'),
    ];
    for (const statement of again) {
      await withAuthsKilled(system, () => system.sql.auth.query(statement));
      // What has not been read again is missing, which is no other state.
      if (!(await rest())) break;
      const changed = changesOf(wanted, await loginsOf(context));
      if (changed.length > 0)
        violate({ invariant: 'I5', message: `A replay ends in another state: ${changed.slice(0, 5).join('; ')}.` });
    }
    load.resume();
  },
};

type Logins = ReadonlyMap<string, Readonly<Record<string, unknown>>>;

async function loginsOf({ system }: FaultContext): Promise<Logins> {
  const { rows } = await system.sql.auth.query<{ contact_id: string }>(
    'select contact_id, version, position, email, email_key, credential, removed from portal_login order by contact_id',
  );
  return new Map(rows.map((row) => [row.contact_id, row]));
}

/** The contacts whose logins differ, each with the names of what differs. */
function changesOf(wanted: Logins, found: Logins): string[] {
  return [...new Set([...wanted.keys(), ...found.keys()])].flatMap((id) => {
    const [was, is] = [wanted.get(id), found.get(id)];
    if (!was || !is) return `contact ${id} ${was ? 'lacks its login' : 'has a login'}`;
    const names = Object.keys(was).filter((name) => JSON.stringify(was[name]) !== JSON.stringify(is[name]));
    return names.length > 0 ? `contact ${id} has another ${names.join(', ')}` : [];
  });
}

const unknownKey: Fault = {
  number: 21,
  name: 'credentials are sealed to a key that the auth app has not',
  run: async (context) => {
    const { system, load, seconds, lasts, violate, deadLetterCount } = context;
    const before = await deadLetterCount();
    const fresh = await generateSealingKeys(`faults-seal-${Date.now()}`);
    for (const { app } of system.gateways) {
      app.settings['CREDENTIAL_PUBLIC_KEYS'] = JSON.stringify(fresh.publicKeys);
      await app.terminate();
      await app.start();
      await app.untilReady();
    }
    await setPasswords(context, load.livingContacts);
    await lasts(Math.max(seconds, 6));
    const states = await Promise.all(system.auths.map(({ app }) => app.health()));
    if (states.every((state) => state === 'ok')) violate({ invariant: 'I8', message: 'Nobody says that a key is missing.' });
    if ((await deadLetterCount()) > before) violate({ invariant: 'I8', message: 'A missing key has filled the dead letters.' });
    system.secrets.privateKeys.keys.unshift(...fresh.privateKeys.keys);
    for (const { app } of system.auths) {
      app.settings['CREDENTIAL_PRIVATE_KEYS'] = JSON.stringify(system.secrets.privateKeys);
      await app.terminate();
      await app.start();
      await app.untilReady();
    }
  },
};

const typeErrors: Fault = {
  number: 22,
  name: 'a TypeError in a handler',
  run: async ({ system, lasts }) => {
    for (const replica of system.auths) await restart(replica, 'type-error', 2);
    await lasts(5);
  },
};

const authAway: Fault = {
  number: 23,
  name: 'auth app away under load',
  approximation:
    'for seconds in place of two hours; away for longer than tombstones stay is for the tests of the repair commands',
  run: async ({ system, seconds, lasts }) => {
    await Promise.all(system.auths.map(({ app }) => app.kill()));
    await lasts(seconds * 2, { gateway: ['ok'] });
    await system.startApps();
  },
};

const wrongClocks: Fault = {
  number: 25,
  name: 'clock of a gateway an hour ahead, of an auth app an hour behind',
  approximation: "the processes' clocks; PostgreSQL's stays right",
  run: async ({ system, seconds, lasts }) => {
    await Promise.all([restart(system.gateways[0]!, 'clock', 1), restart(system.auths[0]!, 'clock', -1)]);
    await lasts(seconds);
    await Promise.all([restart(system.gateways[0]!), restart(system.auths[0]!)]);
  },
};

export const CONSUMER_FAULTS: readonly Fault[] = [
  ...[handlerHangs, rebalanceStorm, replays, unknownKey],
  ...[typeErrors, authAway, wrongClocks],
];
