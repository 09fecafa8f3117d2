import pg from 'pg';

/** A contact in the middle of the table; the cases look for its values. */
export interface Sample {
  id: string;
  email: string;
  first_name: string;
  last_name: string;
  company_id: string;
  total: number;
}

/** One measured request. */
export interface ListCase {
  name: string;
  /** Whether its time must stay in one order of magnitude for any number of contacts. */
  promised: boolean;
  /** Under the base path, for GET. */
  path: (sample: Sample) => string;
}

/** The measured lists, from those that must stay quick to those that may be slow. */
export const LIST_CASES: readonly ListCase[] = [
  { name: 'first page', promised: true, path: () => '/contacts' },
  { name: 'first page, newest first', promised: true, path: () => '/contacts?sort=created_at:desc' },
  { name: 'first page by last name', promised: true, path: () => '/contacts?sort=last_name' },
  { name: 'first page by last name, from Z', promised: true, path: () => '/contacts?sort=last_name:desc' },
  { name: 'email =', promised: true, path: ({ email }) => `/contacts?email=${email}` },
  { name: 'last_name =', promised: true, path: ({ last_name }) => `/contacts?last_name=${encodeURIComponent(last_name)}` },
  { name: "a company's contacts", promised: true, path: ({ company_id }) => `/companies/${company_id}/contacts` },
  { name: 'email contains', promised: true, path: ({ email }) => `/contacts?email[contains]=${email.slice(2, -12)}` },
  {
    name: 'full_name contains',
    promised: true,
    path: (sample) => `/contacts?full_name[contains]=${encodeURIComponent(`${sample.first_name} ${sample.last_name}`.slice(1))}`,
  },
  { name: 'last page', promised: false, path: ({ total }) => `/contacts?page=${Math.floor(total / 10)}` },
  { name: 'a tag', promised: false, path: () => '/contacts?tags=sales' },
  { name: 'contains, without an index', promised: false, path: () => '/contacts?receiving_bank_name[contains]=first' },
];

const SAMPLE = `
  select c.id, c.email, c.first_name, c.last_name, p.company_id, (select count(*)::int from contact) as total
  from contact c join contact_company p on p.contact_id = c.id
  where c.id >= (select (min(id) + max(id)) / 2 from contact) and c.email is not null order by c.id limit 1`;

export async function readSample(databaseUrl: string): Promise<Sample> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  try {
    const { rows } = await client.query<Sample>(SAMPLE);
    return rows[0]!;
  } finally {
    await client.end();
  }
}
