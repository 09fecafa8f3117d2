import { setTimeout as sleep } from 'node:timers/promises';
import { topicOf } from '#app/contracts';
import { UNUSED_CONTACT_IDS } from '../check/collect-evidence.js';
import type { TopicRecord } from '#app/system/testing';
import type { System } from '../system/system.js';
import type { Fault, FaultContext } from './fault.js';

/** The general invariants ignore these contacts, which no request has made. */
const FIRST = UNUSED_CONTACT_IDS + 1_000_000;
const MEMBERS = 3_000;
const ANSWER_MS = 5_000;
const RECOVERY_MS = 30_000;
/** The gateways are killed when these shares of the contacts are left. */
const KILLED_AT = [0.9, 0.6, 0.3];

const companyRemoved: Fault = {
  number: 41,
  name: `gateways killed -9 while a company of ${MEMBERS} contacts is removed`,
  run: async (context) => {
    const { system, note, violate, rest, random } = context;
    const [closed, kept] = [await newCompany(system, 'Closed'), await newCompany(system, 'Kept')];
    const from = await insertMembers(system, [closed, kept]);
    const response = await call(system, 'DELETE', `/companies/${closed}`);
    if (response.status !== 200)
      return violate({ invariant: 'I8', message: `The deletion of a company was answered ${response.status}.` });
    const left: number[] = [];
    for (const share of KILLED_AT) {
      await untilLeft(system, closed, MEMBERS * share);
      await sleep(random.below(100));
      await Promise.all(system.gateways.map(({ app }) => app.kill()));
      left.push(await membersOf(system, closed));
      await system.startApps();
    }
    note(`killed when ${left.join(', ')} contacts were left`);
    const began = performance.now();
    while ((await isThere(system, closed)) && performance.now() - began < RECOVERY_MS) await sleep(100);
    if (await isThere(system, closed))
      return violate({
        invariant: 'I8',
        message: `30 s later the company is there, with ${await membersOf(system, closed)} contacts.`,
      });
    note(`removed ${((performance.now() - began) / 1_000).toFixed(1)} s after the last start`);
    if (await rest()) await requireOneEventEach(context, { from, closed });
  },
};

/** Each contact has left with one event, and the company has gone with one. */
async function requireOneEventEach(
  { system, reader, violate }: FaultContext,
  { from, closed }: { from: number; closed: number },
): Promise<void> {
  const isMember = ({ key }: TopicRecord): boolean => Number(key) >= from && Number(key) < from + MEMBERS;
  const published = Map.groupBy((await reader.read(topicOf('contacts.v1'))).filter(isMember), ({ key }) => key);
  const eventsOf = (records: readonly TopicRecord[]): number => new Set(records.map(({ headers }) => headers['ce_id'])).size;
  const twice = [...published.values()].filter((records) => eventsOf(records) > 1).length;
  if (published.size !== MEMBERS || twice > 0)
    violate({
      invariant: 'I1',
      message: `${published.size} of ${MEMBERS} contacts have an event of their leaving, ${twice} several.`,
    });
  const deleted = (await reader.read(topicOf('companies.v1'))).filter(
    ({ key, headers }) => key === String(closed) && headers['ce_type']?.includes('CompanyDeleted'),
  );
  if (eventsOf(deleted) !== 1)
    violate({ invariant: 'I1', message: `The company has ${eventsOf(deleted)} events of its deletion.` });
  const { rows } = await system.sql.gateway.query<{ entries: number; contacts: number }>(
    `select count(*)::int as entries, count(distinct contact_id)::int as contacts from contact_event
      where contact_id >= $1 and contact_id < $2`,
    [from, from + MEMBERS],
  );
  const { entries, contacts } = rows[0]!;
  if (entries !== MEMBERS || contacts !== MEMBERS)
    violate({ invariant: 'I2', message: `The history of ${contacts} contacts has ${entries} entries.` });
}

/** Contacts in both companies. @returns the first id */
async function insertMembers({ sql }: System, companies: readonly number[]): Promise<number> {
  const { rows } = await sql.gateway.query<{ from: string }>(
    `with first as (select greatest($1::bigint, max(id) + 1) as id from contact),
       made as (insert into contact (id, version, first_name, created_at, updated_at)
         select first.id + n, 1, 'Member', now(), now() from first, generate_series(0, $2::int - 1) n returning id),
       joined as (insert into contact_company select id, c, place - 1, false, false, false, false
         from made, unnest($3::bigint[]) with ordinality as o(c, place))
     select min(id) as from from made`,
    [FIRST, MEMBERS, companies],
  );
  return Number(rows[0]!.from);
}

async function membersOf({ sql }: System, companyId: number): Promise<number> {
  const { rows } = await sql.gateway.query<{ n: number }>(
    'select count(*)::int as n from contact_company where company_id = $1',
    [companyId],
  );
  return rows[0]!.n;
}

async function untilLeft(system: System, companyId: number, most: number): Promise<void> {
  for (const end = Date.now() + RECOVERY_MS; (await membersOf(system, companyId)) > most && Date.now() < end;) await sleep(10);
}

const isThere = async ({ sql }: System, companyId: number): Promise<boolean> =>
  (await sql.gateway.query('select from company where id = $1', [companyId])).rowCount === 1;

async function newCompany(system: System, name: string): Promise<number> {
  const response = await call(system, 'POST', '/companies', { name });
  return ((await response.json()) as { data: { id: number } }).data.id;
}

const call = ({ gateways, secrets }: System, method: string, path: string, body?: object): Promise<Response> =>
  fetch(`${gateways[0]!.app.url}/external/api/v1${path}`, {
    method,
    headers: { authorization: `Bearer ${secrets.apiToken}`, ...(body && { 'content-type': 'application/json' }) },
    ...(body && { body: JSON.stringify(body) }),
    signal: AbortSignal.timeout(ANSWER_MS),
  });

export const REMOVAL_FAULTS: readonly Fault[] = [companyRemoved];
