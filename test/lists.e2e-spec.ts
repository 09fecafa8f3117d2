import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { eventually, testServers } from '#app/system/testing';
import pg from 'pg';
import { TestGateway, type Answer } from './gateway.harness.js';

let gateway: TestGateway;
const company: Record<string, number> = {};
const id: Record<string, number> = {};

/** Five contacts of three companies; they differ in the fields that the tests query. */
beforeAll(async () => {
  gateway = await TestGateway.start();
  for (const name of ['Acme', 'Borealis', 'Empty']) company[name] = await gateway.createCompany(name);
  const make = async (first_name: string, fields: Record<string, unknown>) => {
    id[first_name] = Number(
      (
        await gateway.createContact({
          first_name,
          ...('company_ids' in fields ? {} : { company_id: company['Acme'] }),
          ...fields,
        })
      ).id,
    );
  };
  await make('Ann', { last_name: 'Émile', email: 'Ann@Example.com', phone_1: '100%', tags: ['VIP', 'Sales'], is_primary: true });
  await make('ben', { last_name: 'émile', email: 'ben_b@example.com', phone_1: '1005', tags: ['sales'] });
  await make('Cid', {
    last_name: 'Zola',
    company_ids: [company['Borealis'], company['Acme']],
    password: 'correct horse',
    email: 'cid@x.io',
  });
  await make('Dot', { last_name: null, receive_quotation_pdf: true });
  await make('Eve', {
    last_name: 'Adams',
    email: 'eve@example.com',
    receiving_bank_name: 'A\\B',
    company_id: company['Borealis'],
  });
  await gateway.update(id['Eve']!, { phone_2: '7' });
});
afterAll(() => gateway?.stop());

const get = (query: string, path = '/contacts'): Promise<Answer> => gateway.call('GET', `${path}?${query}`);

/** The first names of the found contacts, in order. */
const names = async (query: string, path?: string): Promise<string[]> => {
  const { status, body } = await get(query, path);
  if (status !== 200) throw new Error(`${status} ${JSON.stringify(body)}`);
  return body.data.map(({ first_name }: { first_name: string }) => first_name);
};
const ALL = ['Ann', 'ben', 'Cid', 'Dot', 'Eve'];

describe('a page of contacts', () => {
  it('when there is no query / has the first ten by id, each as it is read alone', async () => {
    const { status, body } = await get('');
    expect(status).toBe(200);
    expect(body.data.map((contact: any) => Number(contact.id))).toEqual(ALL.map((name) => id[name]));
    expect(body.meta).toEqual({ current_page: 1, from: 1, last_page: 1, per_page: 10, to: 5, total: 5 });
    for (const contact of body.data) expect(contact).toEqual((await gateway.call('GET', `/contacts/${contact.id}`)).body.data);
  });

  it.each([
    ['page=2&per_page=2', ['Cid', 'Dot'], { current_page: 2, from: 3, last_page: 3, per_page: 2, to: 4, total: 5 }],
    ['page=3&limit=2', ['Eve'], { current_page: 3, from: 5, last_page: 3, per_page: 2, to: 5, total: 5 }],
    ['page=4&per_page=2&limit=2', [], { current_page: 4, from: null, last_page: 3, per_page: 2, to: null, total: 5 }],
    ['per_page=100', ALL, { current_page: 1, from: 1, last_page: 1, per_page: 100, to: 5, total: 5 }],
    ['page=90071992547409', [], { current_page: 90_071_992_547_409, from: null, last_page: 1, per_page: 10, to: null, total: 5 }],
    ['first_name=nobody', [], { current_page: 1, from: null, last_page: 1, per_page: 10, to: null, total: 0 }],
    ['page=2&first_name=nobody', [], { current_page: 2, from: null, last_page: 1, per_page: 10, to: null, total: 0 }],
    ['last_name=zola&page=1&per_page=1', ['Cid'], { current_page: 1, from: 1, last_page: 1, per_page: 1, to: 1, total: 1 }],
  ])('when the query is %s / has the expected contacts and positions', async (query, expected, meta) => {
    const { status, body } = await get(query);
    expect(status).toBe(200);
    expect(body.data.map((contact: any) => contact.first_name)).toEqual(expected);
    expect(body.meta).toEqual(meta);
  });
});

describe('a sorted list of contacts', () => {
  it.each([
    ['sort=id:desc', ['Eve', 'Dot', 'Cid', 'ben', 'Ann']],
    ['sort=first_name', ALL],
    ['sort=first_name:desc', [...ALL].reverse()],
    // Case does not count, code points do; a missing last name comes last both ways; of equal names, the lower id comes first.
    ['sort=last_name:asc', ['Eve', 'Cid', 'Ann', 'ben', 'Dot']],
    ['sort=last_name:desc', ['Ann', 'ben', 'Cid', 'Eve', 'Dot']],
    ['sort=last_name:desc,id:desc', ['ben', 'Ann', 'Cid', 'Eve', 'Dot']],
    ['sort=company_id:desc,first_name:desc', ['Eve', 'Cid', 'Dot', 'ben', 'Ann']],
    ['sort=company.name:asc,%20first_name%3Adesc', ['Dot', 'ben', 'Ann', 'Eve', 'Cid']],
    ['sort=is_primary:desc,id', ['Ann', 'ben', 'Cid', 'Dot', 'Eve']],
    ['sort=status,version:desc', ['Eve', 'Ann', 'ben', 'Cid', 'Dot']],
    ['sort=last_name&per_page=2&page=2', ['Ann', 'ben']],
    ['sort=last_name:desc&last_name[notset]=&company_id[set]=', ['Dot']],
  ])('when the query is %s / has the expected order', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });
});

describe('a filtered list of contacts', () => {
  it.each([
    ['first_name=ANN', ['Ann']],
    ['first_name[eq]=BEN', ['ben']],
    ['first_name%5Beq%5D=%42en', ['ben']],
    ['last_name=%C3%89MILE', ['Ann', 'ben']],
    ['last_name[neq]=%C3%A9mile', ['Cid', 'Dot', 'Eve']],
    ['last_name[gt]=adams', ['Ann', 'ben', 'Cid']],
    ['last_name[gte]=ADAMS&last_name[lt]=zola', ['Eve']],
    ['last_name[lte]=Zola', ['Cid', 'Eve']],
    ['last_name[in]=zola,%20Adams', ['Cid', 'Eve']],
    ['last_name[notin]=zola,Adams', ['Ann', 'ben', 'Dot']],
    ['last_name[set]=', ['Ann', 'ben', 'Cid', 'Eve']],
    ['last_name[notset]', ['Dot']],
    ['full_name[contains]=nn+%C3%A9', ['Ann']],
    ['full_name=Dot', ['Dot']],
    ['email[contains]=EXAMPLE', ['Ann', 'ben', 'Eve']],
    ['email[contains]=n_b', ['ben']],
    ['receiving_bank_name[contains]=a%5C', ['Eve']],
    ['email[notcontains]=example', ['Cid', 'Dot']],
    ['phone[contains]=0%25', ['Ann']],
    ['phone=1005&phone_1=1005', ['ben']],
    ['phone_2=7', ['Eve']],
    ['status=ACTIVE', ALL],
    ['status[neq]=active', []],
    ['has_portal_login=true', ['Cid']],
    ['has_portal_login[neq]=1', ['Ann', 'ben', 'Dot', 'Eve']],
    ['is_primary[in]=1', ['Ann']],
    ['is_primary=0', ['ben', 'Cid', 'Dot', 'Eve']],
    ['receive_quotation_pdf[set]=', ALL],
    ['receive_quotation_pdf[gt]=false', ['Dot']],
    ['version[gt]=1', ['Eve']],
    ['version[in]=2,+3', ['Eve']],
    ['created_at[gte]=2020-01-01&created_at[lt]=2020-01-01T00:00:00%2B01:00', []],
    ['created_at[gt]=1999-12-31&updated_at[lte]=2999-12-31T23:59:59.999Z', ALL],
    ['created_at[lt]=0000-01-01', []],
    ['created_at[contains]=9999-', []],
    ['company.name=acme', ['Ann', 'ben', 'Dot']],
    ['company.name[notin]=acme,x', ['Cid', 'Eve']],
    ['tags=SALES', ['Ann', 'ben']],
    ['tags[in]=vip,nobody', ['Ann']],
    ['tags[contains]=al', ['Ann', 'ben']],
    ['tags[neq]=vip', ['ben', 'Cid', 'Dot', 'Eve']],
    ['tags[notset]=&first_name[neq]=cid', ['Dot', 'Eve']],
    ['tags=vip&tags=sales', ['Ann']],
  ])('when the query is %s / has the expected contacts', async (query, expected) => {
    expect(await names(query)).toEqual(expected);
  });

  it("when company_id is filtered / matches any of a contact's companies, and negated operators match none of them", async () => {
    const [acme, borealis] = [company['Acme'], company['Borealis']];
    expect(await names(`company_id=${acme}`)).toEqual(['Ann', 'ben', 'Cid', 'Dot']);
    expect(await names(`company_id=${borealis}&company_id[eq]=${acme}`)).toEqual(['Cid']);
    expect(await names(`company_id[neq]=${acme}`)).toEqual(['Eve']);
    expect(await names(`company_id[notin]=${acme},${borealis}`)).toEqual([]);
    expect(await names(`company_id[gt]=${acme}`)).toEqual(['Cid', 'Eve']);
  });

  it('when ids and versions are filtered / compares them as numbers', async () => {
    expect(await names(`id=${id['Cid']}`)).toEqual(['Cid']);
    expect(await names(`id[in]=00${id['Ann']},${id['Eve']}&id[gt]=-5&id[lt]=10000`)).toEqual(['Ann', 'Eve']);
    expect(await names(`id[gt]=${id['Dot']}`)).toEqual(['Eve']);
  });

  it('when the filter is the time of an answer / finds the contact', async () => {
    const { created_at } = (await gateway.call('GET', `/contacts/${id['Eve']}`)).body.data;
    expect(await names(`created_at=${created_at}&id=${id['Eve']}`)).toEqual(['Eve']);
    expect(await names(`created_at[contains]=${created_at}&id=${id['Eve']}`)).toEqual(['Eve']);
    expect(await names(`created_at[gt]=${created_at}&id=${id['Eve']}`)).toEqual([]);
  });

  it('when the filter is a time finer than those of answers / it is compared as it is', async () => {
    const { created_at } = (await gateway.call('GET', `/contacts/${id['Eve']}`)).body.data;
    const found = async (operator: string, digits: string): Promise<boolean> =>
      (await names(`created_at[${operator}]=${created_at.replace('Z', `${digits}Z`)}&id=${id['Eve']}`)).length === 1;
    for (const operator of ['lt', 'lte', 'neq']) expect([operator, await found(operator, '9')]).toEqual([operator, true]);
    for (const operator of ['eq', 'in', 'gt', 'gte']) expect([operator, await found(operator, '9')]).toEqual([operator, false]);
    expect(await found('eq', '000')).toBe(true);
  });
});

describe('a list filtered by tags in Greek', () => {
  let all: string[];
  beforeAll(async () => {
    all = [];
    for (const tag of ['ΠΡΟΣΦΟΡΑ', 'ΟΔΟΣ', 'Οδός 100%']) {
      await gateway.createContact({ first_name: `${tag}!`, company_id: company['Empty'], tags: [tag] });
      all.push(`${tag}!`);
      await gateway.call('POST', `/companies/${company['Empty']}/tags`, { tags: [tag] });
    }
  });
  afterAll(async () => {
    for (const { id } of (await get('', `/companies/${company['Empty']}/contacts`)).body.data)
      await gateway.call('DELETE', `/contacts/${id}`);
    await gateway.call('PUT', `/companies/${company['Empty']}/tags`, { tags: [] });
  });

  it.each<[string, number[]]>([
    ['[contains]=ΠΡΟΣ', [0]],
    ['[contains]=προς', [0]],
    ['[contains]=Σ', [0, 1, 2]],
    ['[contains]=σ', [0, 1, 2]],
    ['[contains]=ς', [0, 1, 2]],
    ['[contains]=οδοσ', [1]],
    ['[contains]=Σ 100%', [2]],
    ['[notcontains]=ΠΡΟΣ', [1, 2]],
    ['[notcontains]=Σ', []],
    ['=οδος', [1]],
  ])('when the filter is tags%s / a sigma is found in each of its forms', async (filter, expected) => {
    const [, operator = '', value = ''] = /^(.*)=(.*)$/.exec(filter)!;
    const query = `tags${operator}=${encodeURIComponent(value)}`;
    expect(await names(query, `/companies/${company['Empty']}/contacts`)).toEqual(expected.map((index) => all[index]));
    const found = (await get(query, '/companies')).body.data.map(({ name }: { name: string }) => name);
    expect(found.includes('Empty')).toBe(!operator.includes('not') && expected.length > 0);
  });
});

describe("the list of a company's contacts", () => {
  it("when it has a query / has the company's contacts that match it", async () => {
    const path = `/companies/${company['Acme']}/contacts`;
    expect(await names('', path)).toEqual(['Ann', 'ben', 'Cid', 'Dot']);
    expect(await names('sort=id:desc&last_name[set]=', path)).toEqual(['Cid', 'ben', 'Ann']);
    expect((await get('per_page=3', path)).body.meta).toMatchObject({ last_page: 2, total: 4 });
    expect(await names('', `/companies/${company['Empty']}/contacts`)).toEqual([]);
  });

  it.each(['99999999', '0', 'abc', '9007199254740993'])(
    'when the company id is %s / answers 404, whatever the query',
    async (unknown) => {
      const { status, body } = await get('nonsense=1', `/companies/${unknown}/contacts`);
      expect([status, body.message]).toEqual([404, 'Company not found.']);
    },
  );
});

describe('the list of companies', () => {
  it('when it has a query / shows each company as it is read alone, by the same rules', async () => {
    const { body: made } = await gateway.call('POST', '/companies', {
      name: 'Zeta',
      address: '1 Main St',
      city: 'Tampere',
      country: 'FI',
    });
    const { body } = await get('full_address=1+main+st,+tampere,+fi', '/companies');
    expect(body).toEqual({ data: [made.data], meta: expect.objectContaining({ total: 1 }) });
    const companies = async (query: string) =>
      (await get(query, '/companies')).body.data.map(({ name }: { name: string }) => name);
    expect(await companies('sort=name:desc&per_page=2')).toEqual(['Zeta', 'Empty']);
    expect(await companies('city[notset]=')).toEqual(['Acme', 'Borealis', 'Empty']);
    expect(await companies('status[neq]=active')).toEqual([]);
    expect((await get('', '/companies')).body.meta.total).toBe(4);
  });

  it('when tags are filtered / has the companies with these tags', async () => {
    await gateway.sql.query(`insert into company_tag select $1, id from tag where name_key = 'vip'`, [company['Borealis']]);
    expect((await get('tags=Vip', '/companies')).body.data).toMatchObject([{ name: 'Borealis' }]);
  });
});

describe('an invalid query of a list', () => {
  it.each([
    ['page=0', 'page'],
    ['page=1.5', 'page'],
    ['page=', 'page'],
    ['page=1&page=2', 'page'],
    ['page=9007199254740991&per_page=100', 'page'],
    ['page=99999999999999999999', 'page'],
    ['per_page=101', 'per_page'],
    ['limit=0', 'limit'],
    ['limit=5&per_page=6', 'limit'],
    ['sort=nonsense', 'sort'],
    ['sort=tags', 'sort'],
    ['sort=id:up', 'sort'],
    ['sort=id:asc:desc', 'sort'],
    ['sort=', 'sort'],
    ['nonsense=1', 'nonsense'],
    ['company.id=1', 'company.id'],
    ['dry_run=true', 'dry_run'],
    ['__proto__=1', '__proto__'],
    ['constructor[eq]=1', 'constructor[eq]'],
    ['email[like]=x', 'email[like]'],
    ['email%5Blike%5D=x', 'email[like]'],
    ['email[]=x', 'email[]'],
    ['email[eq=x', 'email[eq'],
    ['email[set]=1', 'email[set]'],
    ['id=abc', 'id'],
    ['id=', 'id'],
    ['id[in]=1,,2', 'id[in]'],
    ['id[contains]=a', 'id[contains]'],
    ['id=9007199254740993', 'id'],
    ['company_id[gt]=99999999999999999999999', 'company_id[gt]'],
    ['is_primary=yes', 'is_primary'],
    ['created_at=yesterday', 'created_at'],
    ['created_at=2026-02-30', 'created_at'],
    ['created_at=2026-02-28T25:00:00Z', 'created_at'],
    ['created_at=2026-02-28T10:00:00', 'created_at'],
    ['first_name=a%00b', 'first_name'],
    ['first_name[contains]=a%07b', 'first_name[contains]'],
    ['first_name=%ED%A0%80', 'first_name'],
    ['first_name=%ff', 'first_name'],
    ['tags[in]=a,%00', 'tags[in]'],
    ['sort=id%00', 'sort'],
  ])('when it is %s / answers 422 on %s', async (query, field) => {
    const { status, body } = await get(query);
    expect([status, body.code]).toEqual([422, 'validation_failed']);
    expect(Object.keys(body.errors)).toEqual([field]);
    expect(body.errors[field]).toEqual([expect.any(String)]);
  });

  it('when it has more than 20 conditions or 5 fields to sort by / answers 422; when it has as many / answers it', async () => {
    const query = (conditions: number, keys: number) =>
      [...Array(conditions).fill('id[gt]=0'), `sort=${Array(keys).fill('email').join(',')}`].join('&');
    expect((await get(query(20, 5))).status).toBe(200);
    expect((await get(query(21, 6))).body.errors).toEqual({
      'id[gt]': ['is one of more than 20 conditions'],
      sort: ['must name at most 5 fields'],
    });
  });

  it('when a field can not be sorted by or an operator is unknown / says which there are', async () => {
    const { body } = await gateway.call('GET', '/contacts?sort=banana&last_name[like]=x');
    expect(body.errors).toEqual({
      sort: [expect.stringMatching(/must be one of id, .*last_name/)],
      'last_name[like]': [
        'has an unknown operator, must be one of eq, gt, gte, lt, lte, contains, in, set, neq, notcontains, notin, notset',
      ],
    });
  });

  it('when it has several errors / names all of them', async () => {
    const { body } = await get('page=x&sort=x,y&a=1&id=b&email=fine');
    expect(Object.keys(body.errors).sort()).toEqual(['a', 'id', 'page', 'sort']);
  });
});

describe('the scopes of lists', () => {
  it.each([
    ['/contacts', 'contacts:read', 'companies:read'],
    ['/companies/1/contacts', 'contacts:read', 'companies:read'],
    ['/companies', 'companies:read', 'contacts:read'],
  ])('when %s is read / needs %s, and %s is not enough', async (path, scope, other) => {
    const status = async (one: string) => {
      const token = await gateway.insertToken([one]);
      return (await gateway.call('GET', path, undefined, { authorization: `Bearer ${token}` })).status;
    };
    expect([await status(scope), await status(other)]).toEqual([200, 403]);
  });
});

describe('the deadline of a list', () => {
  it('when the database takes too long / answers 503', async () => {
    const lock = await gateway.sql.connect();
    try {
      // The lock keeps every reader out: the list waits for it, up to the lock timeout.
      await lock.query('begin; lock table contact in access exclusive mode');
      const { status, headers } = await get('first_name=x');
      expect([status, headers.get('retry-after')]).toEqual([503, '1']);
    } finally {
      await lock.query('rollback');
      lock.release();
    }
  });
});

describe('the lists of callers who end their requests', () => {
  /** @returns the status of a list that is asked for after them */
  async function statusBehindEndedLists(): Promise<number> {
    const lock = await gateway.sql.connect();
    try {
      await lock.query('begin; lock table contact in access exclusive mode');
      const leaving = new AbortController();
      const left = Array.from({ length: 18 }, () =>
        gateway.call('GET', '/contacts?first_name=x', undefined, {}, leaving.signal).catch(() => undefined),
      );
      // Two run and sixteen wait: a further one is refused.
      await eventually(async () => expect((await get('first_name=x')).status).toBe(429));
      leaving.abort();
      await Promise.all(left);
      await fetch(`${gateway.url}/health/live`);
      const next = get('first_name=x');
      await fetch(`${gateway.url}/health/ready`);
      await lock.query('rollback');
      return (await next).status;
    } finally {
      await lock.query('rollback');
      lock.release();
    }
  }

  it('when they wait for their turn / do not keep the next list from its own', async () => {
    const statuses: number[] = [];
    // On a busy machine the next one can wait for its own turn, or for the lock, for too long.
    while (!statuses.includes(200) && statuses.length < 5) statuses.push(await statusBehindEndedLists());
    expect(statuses).toContain(200);
  });
});

/** Of 8 kB each. */
const LEFT_PAGES = 8;

describe('the pending list of trigrams', () => {
  it('when contacts were changed and searched / is emptied but for 64 kB, and the search finds them before and after it', async () => {
    await gateway.update(id['Dot']!, { phone_1: '555-0199' });
    const { pathname } = new URL(gateway.databaseUrl);
    const admin = new pg.Client({ connectionString: Object.assign(new URL(testServers().adminUrl), { pathname }).href });
    await admin.connect();
    try {
      await admin.query('create extension if not exists pageinspect');
      // It would empty the list too.
      await admin.query('alter table contact set (autovacuum_enabled = off)');
      const pages = async (): Promise<number> => {
        const text = `select n_pending_pages::int as pages from gin_metapage_info(get_raw_page('contact_trigrams', 0))`;
        return (await admin.query<{ pages: number }>(text)).rows[0]!.pages;
      };
      const change = `update contact set phone_2 = '555-' || $2::int where id = $1`;
      let number = 1_000;
      // The gateway can empty the list at any moment.
      await eventually(async () => {
        for (let left = 200; left > 0; left--) await admin.query(change, [id['Dot'], ++number]);
        expect(await pages()).toBeGreaterThan(LEFT_PAGES);
      });
      expect(await names('phone[contains]=555-0199')).toEqual(['Dot']);
      await eventually(async () => expect(await pages()).toBeLessThanOrEqual(LEFT_PAGES));
    } finally {
      await admin.end();
    }
    expect(await names('phone[contains]=555-0199')).toEqual(['Dot']);
  });
});
