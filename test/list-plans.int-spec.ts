import { migrate } from '#app/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { loginEmailKey } from '#app/contracts';
import { createTestDatabase, type TestDatabase } from '#app/system/testing';
import { sql } from 'kysely';
import pg from 'pg';
import { COMPANY_LIST_FIELDS, companySource } from '../apps/gateway/src/companies/list/company-list.fields.js';
import { CONTACT_LIST_FIELDS, contactSource } from '../apps/gateway/src/contacts/list/contact-list.fields.js';
import { inCompany } from '../apps/gateway/src/contacts/list/list-contacts.handler.js';
import { ormOptions } from '../apps/gateway/src/orm.js';
import { readListQuery } from '../apps/gateway/src/lists/list-query.js';
import { onSnapshot } from '../apps/gateway/src/lists/list-reader.js';
import { listStatement, type ListSource } from '../apps/gateway/src/lists/list-statement.js';
import { readQueryString } from '../apps/gateway/src/wire/query-string.js';
import { makeBulkContacts, NotEmpty } from '../apps/local/src/bulk/bulk-contacts.js';

const CONTACTS = 20_000;

let database: TestDatabase;
let orm: MikroORM;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase();
  orm = await MikroORM.init(ormOptions(database.url));
  await migrate(orm);
  await fill();
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  // Companies without contacts, so that an index is worth its cost.
  await client.query(
    `insert into company (name, created_at, updated_at) select 'Filler ' || n, now(), now() from generate_series(1, 20000) n`,
  );
  await client.query('vacuum analyze company');
});
afterAll(async () => {
  await client?.end();
  await orm?.close();
  await database?.drop();
});

const fill = (add = false, contacts = CONTACTS) =>
  makeBulkContacts(database.url, { contacts, add, onProgress: () => undefined, isStopped: () => false });

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string;
  'Index Name'?: string;
  Plans?: PlanNode[];
}

const nodesOf = (node: PlanNode): PlanNode[] => [node, ...(node.Plans ?? []).flatMap(nodesOf)];

/** The indexes in the plan of the list's own statement, and the tables that it scans. */
async function planOf(source: ListSource, read: ReturnType<typeof readListQuery>) {
  expect(read.errors).toEqual({});
  const { rows } = await sql<{
    'QUERY PLAN': [{ Plan: PlanNode }];
  }>`explain (format json) ${listStatement(source, read.spec)}`.execute(orm.em.fork().getKysely());
  const nodes = nodesOf(rows[0]!['QUERY PLAN'][0].Plan);
  return {
    indexes: nodes.flatMap((node) => node['Index Name'] ?? []),
    scanned: nodes.filter((node) => node['Node Type'] === 'Seq Scan').map((node) => node['Relation Name']),
  };
}

const contactQuery = (query: string) => readListQuery(readQueryString(`?${query}`), CONTACT_LIST_FIELDS);

describe('the query plan of a contact list', () => {
  it.each([
    ['', 'contact_pkey'],
    ['page=3&per_page=100', 'contact_pkey'],
    ['sort=id:desc', 'contact_pkey'],
    ['sort=created_at:desc', 'contact_created_at'],
    ['sort=last_name', 'contact_last_name_folded'],
    ['sort=first_name,created_at:desc', 'contact_first_name_folded'],
    ['sort=email', 'contact_email_folded'],
    ['sort=email:desc,version:desc', 'contact_email_folded'],
    ['sort=last_name:desc', 'contact_last_name_folded'],
    ['status=active', 'contact_pkey'],
    ['id=77', 'contact_pkey'],
    ['id[in]=7,8,9', 'contact_pkey'],
    ['email=ada.ashbach.7@example.com', 'contact_email_key'],
    ['email[in]=a@example.com,b@example.com', 'contact_email_key'],
    ['last_name=Ashdale', 'contact_last_name_folded'],
    ['last_name=Ashdale&sort=created_at:desc,first_name', 'contact_last_name_folded'],
    ['first_name=Uma', 'contact_first_name_folded'],
    ['phone=555-0000123', 'contact_phone_1_folded'],
    ['phone_1=555-0000123', 'contact_phone_1_folded'],
    ['created_at[gte]=2999-01-01', 'contact_created_at'],
    ['email[contains]=ashdale.77', 'contact_trigrams'],
    ['full_name[contains]=uma%20ashd', 'contact_trigrams'],
    ['full_name=uma%20ashdale', 'contact_trigrams'],
    ['last_name[contains]=shdal', 'contact_trigrams'],
    ['first_name[contains]=priy', 'contact_trigrams'],
    ['phone[contains]=0001234', 'contact_trigrams'],
    ['phone_2[contains]=1234567', 'contact_trigrams'],
    ['company_id=77', 'contact_company_company'],
    ['company_id[in]=77,78', 'contact_company_company'],
    ['company.name=Ashdale%20Tools%201', 'company_name_folded'],
    ['company.name[contains]=ashdale%20tools', 'company_name_trigrams'],
    ['tags=sales', 'contact_tag_tag_contact'],
    ['tags[contains]=sal', 'contact_tag_tag_contact'],
    ['tags[contains]=%CF%82', 'contact_tag_tag_contact'],
    ['tags[gt]=sal', 'contact_tag_tag_contact'],
  ])('when the query is "%s" / reads by an index and not every contact', async (query, index) => {
    const { indexes, scanned } = await planOf(contactSource, contactQuery(query));
    expect(indexes).toContain(index);
    expect(scanned).not.toContain('contact');
  });

  it("when it lists a company's contacts / reads by an index", async () => {
    const { indexes, scanned } = await planOf(contactSource, inCompany(77, contactQuery('sort=last_name')));
    expect(indexes).toContain('contact_company_company');
    expect(scanned).not.toEqual(expect.arrayContaining([expect.stringMatching(/contact/)]));
  });

  it('when it lists companies / reads by an index', async () => {
    for (const [query, index] of [
      ['', 'company_pkey'],
      ['name=Ashdale%20Tools%201', 'company_name_folded'],
      ['name[contains]=ashdale', 'company_name_trigrams'],
      ['sort=name', 'company_name_folded'],
    ] as const) {
      const { indexes, scanned } = await planOf(companySource, readListQuery(readQueryString(`?${query}`), COMPANY_LIST_FIELDS));
      expect([query, indexes, scanned]).toEqual([
        query,
        expect.arrayContaining([index]),
        expect.not.arrayContaining(['company']),
      ]);
    }
  });

  it('when no index fits / the check fails', async () => {
    expect((await planOf(contactSource, contactQuery('receiving_bank_name=x'))).scanned).toContain('contact');
  });
});

describe('the total of a list', () => {
  const counted = async () => {
    const { rows } = await client.query<{ counted: string; real: string; deltas: string }>(`
      select (select coalesce(sum(delta), 0) from row_count where table_name = 'company') as counted,
        (select count(*) from company) as real, (select count(*) from row_count) as deltas`);
    return { counted: Number(rows[0]!.counted), real: Number(rows[0]!.real), deltas: Number(rows[0]!.deltas) };
  };
  const insert = `insert into company (name, created_at, updated_at) values ('Counted', now(), now())`;

  it('when rows are inserted, deleted and rolled back by many at once / is right without a filter', async () => {
    const others = await Promise.all(
      Array.from({ length: 4 }, async () => {
        const other = new pg.Client({ connectionString: database.url });
        await other.connect();
        return other;
      }),
    );
    await Promise.all(
      others.map(async (other) => {
        for (let n = 0; n < 250; n++) {
          await other.query('begin');
          await other.query(insert);
          if (n % 5 === 0)
            await other.query(`delete from company where id in (select max(id) from company where name = 'Counted')`);
          await other.query(n % 7 === 0 ? 'rollback' : 'commit');
        }
        await other.end();
      }),
    );
    const { counted: total, real } = await counted();
    expect(total).toBe(real);
  });

  it('when many rows were created in the past / costs the same', async () => {
    await client.query(`do $$ begin for n in 1..6000 loop ${insert}; end loop; end $$`);
    const { counted: total, real, deltas } = await counted();
    expect(total).toBe(real);
    expect(deltas).toBeLessThan(6_000);
  });

  it('when contacts are created at once / makes none wait for another', async () => {
    const [open, other] = [orm.em.fork(), orm.em.fork()];
    await open.begin();
    await open.execute(insert);
    await other.execute(insert);
    await open.rollback();
    const { counted: total, real } = await counted();
    expect(total).toBe(real);
  });

  it('when a contact is updated / is not written', async () => {
    const before = await client.query('select ctid, delta from row_count');
    await client.query(`update company set city = 'Nowhere' where id < 50`);
    await client.query(`update contact set phone_2 = '5' where id < 50`);
    expect((await client.query('select ctid, delta from row_count')).rows).toEqual(before.rows);
  });
});

describe('the transaction of a list', () => {
  it('when it begins / is one read-only snapshot with a statement timeout of five seconds', async () => {
    const settings = await onSnapshot(orm.em, async (em) => {
      const { rows } =
        await sql`select current_setting('statement_timeout') as limit, current_setting('transaction_isolation') as isolation,
        current_setting('transaction_read_only') as readonly`.execute(em.getKysely());
      return rows[0];
    });
    expect(settings).toEqual({ limit: '5s', isolation: 'repeatable read', readonly: 'on' });
    const [row] = await orm.em.fork().execute<{ limit: string }[]>(`select current_setting('statement_timeout') as limit`);
    expect(row!.limit).toBe('1600ms');
  });
});

describe('contacts created in bulk', () => {
  it('when they are created / have their email keys, a main company each, and one primary contact a company', async () => {
    const { rows } = await client.query<{ email: string; email_key: string }>(
      'select email, email_key from contact where email is not null',
    );
    expect(rows.filter(({ email, email_key }) => loginEmailKey(email) !== email_key)).toEqual([]);
    const { rows: counts } = await client.query(`
      select (select count(*)::int from contact) as contacts,
        (select count(distinct contact_id)::int from contact_company where position = 0) as placed,
        (select count(*)::int from contact_company where is_primary) as primaries`);
    expect(counts).toEqual([{ contacts: CONTACTS, placed: CONTACTS, primaries: CONTACTS / 10 }]);
  });

  it('when contacts exist / none is created without the option to add', async () => {
    await expect(fill()).rejects.toThrow(NotEmpty);
    expect(await fill(true, 10)).toBe(10);
  });
});
