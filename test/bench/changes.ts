import { readSealingKey, sealCredential, type KeySet } from '#app/credentials';
import type { SeededRandom } from '#app/system/testing';
import pg from 'pg';

export const CONTACTS = 10_000;
/** Contacts with a login where emails of logins change. */
const WITH_LOGINS = 1_000;
const COMPANIES = 100;
/** Any hash: these logins never sign in. */
const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21lc2FsdA$MTIzNDU2Nzg5MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTI';

/** What an update of a round changes. Each changes something: values are new, or another than before. */
interface Change {
  /** @param contacts how many there are: any of them is changed, unless the kind is about some */
  contactId: (random: SeededRandom, contacts: number) => number;
  body: (serial: number) => object;
  /** More header lines of the request. */
  headers?: (serial: number) => string;
  prepare?: (gatewayDatabaseUrl: string, publicKeys: KeySet) => Promise<void>;
}

const anyContact = (random: SeededRandom, contacts: number): number => 1 + random.below(contacts);
const nameAndPhone = (serial: number): object => ({
  first_name: `Anna ${serial}`,
  phone_1: `+44 20 ${String(serial).padStart(8, '0')}`,
});

const withTwentyTags = [
  `insert into tag (name, name_key) select 'tag ' || n, 'tag ' || n from generate_series(1, 19) n`,
  `insert into contact_tag (contact_id, tag_id) select c.id, t.id from contact c, tag t where t.name like 'tag %'`,
];

/** The updates that `--change` names. The bare handler always changes a name and a phone. */
export const CHANGES = {
  names: { contactId: anyContact, body: nameAndPhone },
  keys: { contactId: anyContact, body: nameAndPhone, headers: (serial) => `Idempotency-Key: bench-${serial}\r\n` },
  emails: {
    contactId: (random) => 1 + random.below(WITH_LOGINS),
    body: (serial) => ({ email: `anna.${serial}@example.org` }),
    prepare: addLogins,
  },
  tags: {
    contactId: anyContact,
    body: (serial) => ({ first_name: `Anna ${serial}`, tags: serial % 2 === 0 ? ['sales'] : ['sales', 'vip'] }),
    prepare: (url) => run(url, [`insert into tag (name, name_key) values ('vip', 'vip')`]),
  },
  'many-tags': { contactId: anyContact, body: nameAndPhone, prepare: (url) => run(url, withTwentyTags) },
  companies: {
    contactId: anyContact,
    body: (serial) => ({ first_name: `Anna ${serial}`, company_id: 1 + (serial % COMPANIES) }),
  },
  hot: { contactId: () => 1, body: nameAndPhone },
} satisfies Record<string, Change> as Record<string, Change>;

export type { Change };

async function addLogins(url: string, publicKeys: KeySet): Promise<void> {
  const key = await readSealingKey(JSON.stringify(publicKeys));
  const ids = Array.from({ length: WITH_LOGINS }, (_, index) => index + 1);
  const sealed = await Promise.all(ids.map((id) => sealCredential(key, id, PHC)));
  await run(
    url,
    [
      `insert into portal_login (contact_id, email, email_key, credential)
       select c.id, c.email, lower(c.email), r.credential from unnest($1::bigint[], $2::text[]) as r(id, credential) join contact c using (id)`,
    ],
    [ids, sealed],
  );
  await run(url, [`update contact set has_portal_login = true, login_version = 1 where id <= ${WITH_LOGINS}`]);
}

async function run(url: string, statements: readonly string[], values: unknown[] = []): Promise<void> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement, values);
  } finally {
    await client.end();
  }
}
