import { randomUUID } from 'node:crypto';
import { topicOf, type TopicName } from '#app/contracts';
import type { SignIn } from '#app/system';
import { eventually, plainProducer } from '#app/system/testing';
import { connect } from '#app/postgres';
import { must, mustRefuse, type Check } from './check.js';
import { clientOf } from './clients.js';
import { DATABASES, USERS, type SecuredSystem } from './secured-system.js';

const NOT_AUTHORIZED = /not authorized|AUTHORIZATION_FAILED|Not authorized/i;

async function write(secured: SecuredSystem, user: string, name: TopicName): Promise<void> {
  const producer = plainProducer(clientOf(secured.kafka(user, 'scram')));
  await producer.connect();
  try {
    await producer.send({ topic: topicOf(name), acks: -1, messages: [{ key: '1', value: 'forged' }] });
  } finally {
    await producer.disconnect();
  }
}

/** Reads in a group of its own, as a subscriber does. @returns the number of records, once there are some */
async function read(secured: SecuredSystem, name: TopicName, user: string, signIn: SignIn = 'scram6'): Promise<number> {
  const groupId = `${user}-${randomUUID()}`;
  const consumer = clientOf(secured.kafka(user, signIn)).consumer({ groupId, retry: { retries: 0 } });
  let records = 0;
  const crash = Promise.withResolvers<never>();
  consumer.on(consumer.events.CRASH, ({ payload }) => crash.reject(payload.error));
  const reading = async (): Promise<number> => {
    await consumer.connect();
    await consumer.subscribe({ topic: topicOf(name), fromBeginning: true });
    await consumer.run({ eachMessage: () => Promise.resolve(void records++) });
    return eventually(() => {
      must(records > 0, 'nothing was read');
      return records;
    });
  };
  try {
    return await Promise.race([reading(), crash.promise]);
  } finally {
    await consumer.disconnect().catch(() => undefined);
  }
}

const writesRefused = (user: string, name: TopicName): Check => ({
  name: `${user} writes ${name} / is refused`,
  run: (secured) => mustRefuse(() => write(secured, user, name), NOT_AUTHORIZED),
});

/** As `trigram-cleaning.ts` does it: an insert that is rolled back, in a session that allows the shortest list. */
const EMPTY_PENDING_LIST = `begin;
  set local gin_pending_list_limit = '64kB';
  insert into contact (id, version, created_at, updated_at) overriding system value values (-1, 1, now(), now());
  rollback`;

const asRole = async (url: string, sql: string): Promise<unknown> => {
  const session = await connect({ url, applicationName: 'secured', connectMs: 5_000 });
  try {
    return (await session.query(sql)).rows;
  } finally {
    await session.end();
  }
};

const DATABASE_CHECKS = (['gateway', 'auth'] as const).flatMap((kind): Check[] => [
  {
    name: `the role of the ${kind} app makes, changes or empties a table / is refused`,
    run: async (secured) => {
      for (const sql of ['create table own (id int)', 'alter table portal_login add column own int', 'truncate portal_login'])
        await mustRefuse(() => asRole(secured.url(kind), sql), /42501/);
    },
  },
  {
    name: `the roles of ${kind} are looked at / are no superusers, make no roles and no databases, and own what they should`,
    run: async (secured) => {
      const { owner, app } = secured.roles[kind];
      const rows = (await secured.postgres.asAdmin(
        async (admin) =>
          (
            await admin.query(
              `select r.rolname as name, rolsuper or rolcreaterole or rolcreatedb or rolreplication or rolbypassrls as strong,
                 (select count(*)::int from pg_class where relowner = r.oid) as owned
               from pg_roles r where rolname in ($1, $2) order by 1`,
              [app.name, owner.name],
            )
          ).rows,
        DATABASES[kind],
      )) as { name: string; strong: boolean; owned: number }[];
      must(rows.length === 2 && rows.every(({ strong }) => !strong) && rows[0]!.owned === 0 && rows[1]!.owned > 0, rows);
    },
  },
]);

/** What is refused to whom, by the printed ACLs and grants. */
export const RIGHTS_CHECKS: readonly Check[] = [
  {
    name: 'what the set-ups print is granted / and nothing else',
    run: ({ granted }) => Promise.resolve(`${granted.acls} ACLs, ${granted.statements} statements`),
  },
  {
    name: 'a subscriber reads contacts / gets them',
    run: async (secured) => `${await read(secured, 'contacts.v1', USERS.subscriber)} records`,
  },
  {
    name: 'a subscriber reads logins / is refused',
    run: (secured) => mustRefuse(() => read(secured, 'portal-logins.v1', USERS.subscriber), NOT_AUTHORIZED),
  },
  writesRefused(USERS.subscriber, 'contacts.v1'),
  writesRefused(USERS.auth, 'portal-logins.v1'),
  writesRefused(USERS.auth, 'contacts.v1'),
  writesRefused(USERS.operator, 'portal-logins.v1'),
  writesRefused(USERS.setUp, 'portal-logins.v1'),
  writesRefused(USERS.gateway, 'portal-logins.v1.dead-letters'),
  {
    name: 'the role of one app opens the database of the other / is refused',
    run: (secured) =>
      mustRefuse(() => asRole(secured.postgres.url(secured.roles.auth.app, DATABASES.gateway), 'select 1'), /42501/),
  },
  {
    name: 'the role of the gateway app empties the pending list of the trigram index, which it does not own / may',
    run: async (secured) => {
      await asRole(secured.url('gateway'), EMPTY_PENDING_LIST);
    },
  },
  ...DATABASE_CHECKS,
];
