import { createHash, createHmac, hkdfSync, randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import { once } from 'node:events';
import { request, type IncomingMessage, type ServerResponse } from 'node:http';
import { json } from 'node:stream/consumers';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { HashQueueFull } from '#app/credentials';
import { Outbox } from '#app/messaging';
import { StatementTransaction } from '#app/postgres';
import { eventually } from '#app/system/testing';
import { StoredTokens } from '../apps/gateway/src/callers/stored-tokens.js';
import { PasswordHasher } from '../apps/gateway/src/contacts/password.hasher.js';
import { IdempotencyStore } from '../apps/gateway/src/writes/idempotency-store.js';
import { batchCounts, batchesBetween } from './bench/batches.js';
import { around } from './faults/seams/around.js';
import { gate } from './gate.js';
import { SECRET, TestGateway, TOKEN, type Answer } from './gateway.harness.js';

let gateway: TestGateway;
let unique = 0;
const address = () => `keyed${++unique}@example.com`;
const keyed = (key: string, more: Record<string, string> = {}) => ({ 'Idempotency-Key': key, ...more });

beforeAll(async () => {
  gateway = await TestGateway.start();
});
afterAll(() => gateway?.stop());

/** Sends a request for a target as it is, which `fetch` would change. */
async function send(method: string, path: string, key: string) {
  const { hostname: host, port } = new URL(gateway.url);
  const headers = { authorization: `Bearer ${TOKEN}`, 'content-length': 0, 'idempotency-key': key };
  const [answer] = (await once(request({ host, port, method, path, headers }).end(), 'response')) as [IncomingMessage];
  return {
    status: answer.statusCode,
    replayed: answer.headers['idempotency-replayed'],
    body: (await json(answer)) as { code?: string },
  };
}

/** Both ways in which writes run. Each gives the path of a new contact or company, and one of its fields. */
const WAYS: [string, () => Promise<{ path: string; field: string }>][] = [
  ['together with other writes', async () => ({ path: `/contacts/${(await gateway.createContact()).id}`, field: 'last_name' })],
  ['in a transaction of its own', async () => ({ path: `/companies/${await gateway.createCompany()}`, field: 'city' })],
];

const versionOf = async (id: string) => (await gateway.call('GET', `/contacts/${id}`)).body.data.version as number;

describe('when a request is repeated under its Idempotency-Key', () => {
  it('and it is an update / gives the first answer with its headers, and changes nothing', async () => {
    const { id } = await gateway.createContact({ email: address() });
    const first = await gateway.update(id, { password: 'correct horse' }, keyed('repeat-1'));
    await gateway.update(id, { first_name: 'Other' });
    const second = await gateway.update(id, { password: 'correct horse' }, keyed('repeat-1'));
    expect(second.status).toBe(200);
    expect(second.body).toEqual(first.body);
    for (const name of ['etag', 'portal-login-version']) expect(second.headers.get(name)).toBe(first.headers.get(name));
    expect([first, second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([null, 'true']);
    expect(await versionOf(id)).toBe(3);
  });

  it('and it is a creation / creates once, with the same contact, status and Location', async () => {
    const company_id = await gateway.createCompany();
    const create = () => gateway.call('POST', '/contacts', { first_name: 'A', company_id }, keyed('create-1'));
    const [first, second] = [await create(), await create()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(second.body.data.id).toBe(first.body.data.id);
    expect(second.headers.get('location')).toBe(first.headers.get('location'));
  });

  it.each([
    ['quoted', '"same-key"', 'same-key'],
    ['with escapes', '"a\\"b"', 'a"b'],
  ])('and the key is %s / it is the same key as the bare one', async (_, quoted, bare) => {
    const { id } = await gateway.createContact();
    await gateway.update(id, { first_name: 'A' }, keyed(quoted));
    expect((await gateway.update(id, { first_name: 'A' }, keyed(bare))).headers.get('idempotency-replayed')).toBe('true');
  });

  it('and it is a company write / gives the first answer', async () => {
    const create = () => gateway.call('POST', '/companies', { name: 'Once' }, keyed('company-1'));
    const [first, second] = [await create(), await create()];
    expect(second.body).toEqual(first.body);
    expect(second.headers.get('idempotency-replayed')).toBe('true');
  });
});

describe('the metrics of writes with an Idempotency-Key', () => {
  const counts = async () => {
    const of = (outcome: string) => gateway.metric(`idempotency_results_total{outcome="${outcome}"}`);
    return Promise.all([of('kept'), of('replayed'), of('conflict')]);
  };
  const grownBy = async (work: () => Promise<unknown>) => {
    const before = await counts();
    await work();
    return (await counts()).map((count, index) => count - before[index]!);
  };

  it('when a key is new, repeated, and used for another request / count each as what it was', async () => {
    const { id } = await gateway.createContact();
    const send = (first_name: string) => gateway.update(id, { first_name }, keyed('counted-1'));
    expect(await grownBy(() => send('A'))).toEqual([1, 0, 0]);
    expect(await grownBy(() => send('A'))).toEqual([0, 1, 0]);
    expect(await grownBy(() => send('B'))).toEqual([0, 0, 1]);
  });

  it('when two requests with one key come at once / count one conflict or one replay beside the one that was kept', async () => {
    const { id } = await gateway.createContact({ email: address() });
    const send = () => gateway.update(id, { password: 'correct horse' }, keyed('counted-2'));
    const [kept, replayed, conflict] = await grownBy(() => Promise.all([send(), send()]));
    expect([kept, replayed! + conflict!]).toEqual([1, 1]);
  });

  it('when a write has no key, is refused or is a dry run / count nothing', async () => {
    const { id } = await gateway.createContact();
    const sent = async () => {
      await gateway.update(id, { first_name: 'A' });
      expect((await gateway.update(id, { email: 'none' }, keyed('counted-3'))).status).toBe(422);
      await gateway.update(id, { first_name: 'B' }, keyed('counted-4', { Prefer: 'dry-run' }));
    };
    expect(await grownBy(sent)).toEqual([0, 0, 0]);
  });
});

describe('when a stored key comes with another request', () => {
  it('and the request has other errors / answers 422 that names the key first', async () => {
    const { id } = await gateway.createContact();
    expect((await gateway.update(id, { first_name: 'A' }, keyed('other-1'))).status).toBe(200);
    const others = [
      () => gateway.update(id, { first_name: 'B' }, keyed('other-1')),
      () => gateway.update(id, { first_name: 'A' }, keyed('other-1', { Prefer: 'handling=strict' })),
      () => gateway.update(`${id}?dry_run=true`, { first_name: 'A' }, keyed('other-1')),
      () => gateway.update('999999999', { first_name: 'A' }, keyed('other-1')),
      () => gateway.update('not-an-id', { first_name: 'A' }, keyed('other-1')),
      () => gateway.call('PATCH', `/contacts/${id}`, { first_name: 'A' }, keyed('other-1')),
      () => gateway.call('DELETE', `/contacts/${id}`, undefined, keyed('other-1')),
    ];
    for (const send of others) {
      const { status, body } = await send();
      expect([status, body.code, Object.keys(body.errors)]).toEqual([422, 'idempotency_key_reused', ['Idempotency-Key']]);
    }
  });

  it('in its If-Match only / gives the first answer', async () => {
    const { id } = await gateway.createContact();
    await gateway.update(id, { first_name: 'A' }, keyed('match-1', { 'If-Match': '"1"' }));
    const again = await gateway.update(id, { first_name: 'A' }, keyed('match-1', { 'If-Match': '"1"' }));
    const withAnother = await gateway.update(id, { first_name: 'A' }, keyed('match-1', { 'If-Match': '"99"' }));
    expect([again.status, withAnother.status]).toEqual([200, 200]);
  });
});

it('when an item of a batch under a key has no answer in time / the next one waits for what that still does, and is done', async () => {
  const [slow, next] = [await gateway.createContact(), await gateway.createContact()];
  await gateway.sql.query(`
    create function be_slow() returns trigger language plpgsql as 'begin perform pg_sleep(2.5); return null; end';
    create constraint trigger slow after update on contact initially deferred for each row when (new.id = ${Number(slow.id)})
      execute function be_slow()`);
  try {
    // An item that names tags does not run together with the one before it.
    const items = [slow, next].map(({ id }) => ({ id: Number(id), first_name: 'Batch', tags: [] }));
    const { body } = await gateway.call('POST', '/contacts/batch', { items }, keyed(`slow item ${slow.id}`));
    expect(body.data.map(({ status }: { status: number }) => status)).toEqual([503, 200]);
  } finally {
    await gateway.sql.query('drop trigger slow on contact; drop function be_slow');
  }
});

it('when an item of a batch under a key is 503 before its transaction / the items after it do not refuse each other', async () => {
  const contacts: { id: string }[] = [];
  while (contacts.length < 40) contacts.push(await gateway.createContact({ email: address() }));
  const undo = around(PasswordHasher.prototype, 'sealFor', (seal, [, patch]) => {
    if (patch.password !== undefined) throw new HashQueueFull();
    return seal();
  });
  const [first, ...others] = contacts.map(({ id }) => Number(id));
  const items = [{ id: first, password: 'a good password' }, ...others.map((id) => ({ id, last_name: 'Batch' }))];
  const { body } = await gateway.call('POST', '/contacts/batch', { items }, keyed(`full ${first}`)).finally(undo);
  expect(body.data.map(({ status }: { status: number }) => status)).toEqual([503, ...others.map(() => 200)]);
});

describe('when a stored batch comes with an If-Match or If-None-Match, which a batch does not take', () => {
  const send = (items: object[], key: string, more: Record<string, string>) =>
    gateway.call('POST', '/contacts/batch', { items }, keyed(key, more));

  it.each(['If-Match', 'If-None-Match'])(
    'as %s / gives the answers of the items that were done, and refuses the others',
    async (name) => {
      const [key, taken] = [randomUUID(), address()];
      const holder = await gateway.createContact({ email: taken, password: 'correct horse' });
      const [a, b] = [
        await gateway.createContact(),
        await gateway.createContact({ email: address(), password: 'correct horse' }),
      ];
      const items = [
        { id: a.id, last_name: 'Once' },
        { id: b.id, email: taken },
      ];
      const first = await send(items, key, {});
      expect(first.body.data.map(({ status }: any) => status)).toEqual([200, 422]);
      await gateway.update(holder.id, { email: address() });
      const again = await send(items, key, { [name]: '"1"' });
      expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([207, 'true']);
      expect(again.body.data[0]).toEqual(first.body.data[0]);
      expect(again.body.data[1]).toMatchObject({ status: 422, errors: { [name]: ['is not available here'] } });
      expect([await versionOf(a.id), await versionOf(b.id)]).toEqual([2, 1]);
      expect((await send(items, key, {})).body.data.map(({ status }: any) => status)).toEqual([200, 200]);
    },
  );

  it('and no item was done / answers 422 as a whole', async () => {
    const key = randomUUID();
    const items = [{ id: 999_999_999 }];
    expect((await send(items, key, {})).body.data).toMatchObject([{ status: 404 }]);
    const { status, body } = await send(items, key, { 'If-Match': '"1"' });
    expect([status, Object.keys(body.errors)]).toEqual([422, ['If-Match']]);
  });
});

describe('an error answer under an Idempotency-Key', () => {
  it('when the request is repeated / is not stored, and the request is decided again', async () => {
    const taken = address();
    const holder = await gateway.createContact({ email: taken, password: 'correct horse' });
    const { id } = await gateway.createContact({ email: address(), password: 'correct horse' });
    const move = () => gateway.update(id, { email: taken }, keyed('refused-1'));
    expect((await move()).status).toBe(422);
    await gateway.update(holder.id, { email: address() });
    expect((await move()).status).toBe(200);
  });
});

describe('twenty requests with one Idempotency-Key at the same time', () => {
  it('when they are updates / one is done, and each gets its answer, the repetition, or 409 with Retry-After', async () => {
    const { id } = await gateway.createContact();
    const key = randomUUID();
    const answers = await Promise.all(Array.from({ length: 20 }, () => gateway.update(id, { last_name: 'Once' }, keyed(key))));
    expect(answers.filter(({ status, headers }) => status === 200 && !headers.get('idempotency-replayed'))).toHaveLength(1);
    for (const { status, headers } of answers) {
      expect([200, 409]).toContain(status);
      if (status === 409) expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
    }
    expect(await versionOf(id)).toBe(2);
  });

  it('when they are creations on several replicas / create one contact', async () => {
    const replica = await gateway.replica();
    try {
      const company_id = await gateway.createCompany();
      for (let round = 0; round < 5; round++) {
        const send = (at: TestGateway) =>
          at.call('POST', '/contacts', { first_name: `Round ${round}`, company_id }, keyed(`replicas-${round}`));
        const answers = await Promise.all([gateway, replica, gateway, replica].map(send));
        const created = new Set(answers.filter(({ status }) => status === 201).map(({ body }) => body.data.id));
        expect(created.size).toBe(1);
        expect(answers.every(({ status }) => status === 201 || status === 409)).toBe(true);
      }
      const { rows } = await gateway.sql.query(`select count(*)::int as n from contact where first_name like 'Round %'`);
      expect(rows[0].n).toBe(5);
    } finally {
      await replica.stop();
    }
  });
});

/** Runs `meanwhile` after these requests have looked their keys up and found nothing. @returns their answers */
async function afterLookUp(send: () => Promise<Answer>[], meanwhile: () => Promise<unknown>): Promise<Answer[]> {
  const [reached, opened] = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  let isOpen = false;
  let waiting = 0;
  const undo = around(IdempotencyStore.prototype, 'find', async (find) => {
    const kept = await find();
    if (isOpen) return kept;
    if (++waiting === sent.length) reached.resolve();
    await opened.promise;
    return kept;
  });
  const sent = send();
  try {
    await reached.promise;
    isOpen = true;
    await meanwhile();
  } finally {
    opened.resolve();
    undo();
  }
  return Promise.all(sent);
}

type Write = [method: string, path: string, body?: unknown, headers?: Record<string, string>];

/** The fields of a new contact with an email. */
const person = async (more: object = {}): Promise<object> => ({
  first_name: 'Ann',
  email: address(),
  company_id: await gateway.createCompany(),
  ...more,
});

/** Tries again where the request that was held has passed its deadline: a busy machine. */
async function untilServed(meet: () => Promise<Answer>): Promise<Answer> {
  for (let tries = 0; tries < 5; tries++) {
    const answer = await meet();
    if (answer.status !== 503) return answer;
  }
  throw new Error('Each request that was held has passed its deadline.');
}

/** A contact, and one update of it under one key. */
interface KeyedUpdate {
  id: string;
  send: (at: TestGateway) => Promise<Answer>;
}

/** Like {@link untilServed}, each time with another contact and key. */
async function untilInTime(meet: (update: KeyedUpdate) => Promise<Answer>): Promise<{ update: KeyedUpdate; answer: Answer }> {
  let update: KeyedUpdate | undefined;
  const answer = await untilServed(async () => {
    const [{ id }, key] = [await gateway.createContact(), randomUUID()];
    update = { id, send: (at: TestGateway) => at.update(id, { last_name: 'Once' }, keyed(key)) };
    return meet(update);
  });
  return { update: update!, answer };
}

describe('when two gateways get updates with one Idempotency-Key', () => {
  let replica: TestGateway;
  beforeAll(async () => {
    replica = await gateway.replica();
  });
  afterAll(() => replica?.stop());

  it('and one is late / it answers the stored result and changes nothing', async () => {
    let first: Answer | undefined;
    const { update, answer } = await untilInTime(async ({ send }) => {
      const [late] = await afterLookUp(
        () => [send(replica)],
        async () => (first = await send(gateway)),
      );
      return late!;
    });
    expect([first!.status, first!.headers.get('idempotency-replayed')]).toEqual([200, null]);
    expect([answer.status, answer.headers.get('idempotency-replayed'), answer.body]).toEqual([200, 'true', first!.body]);
    expect(await versionOf(update.id)).toBe(2);
  });

  it.each<[string, number, () => Promise<Write>]>([
    ['the deletion of a contact', 200, async () => ['DELETE', `/contacts/${(await gateway.createContact()).id}`]],
    ['the deletion of a company', 200, async () => ['DELETE', `/companies/${await gateway.createCompany()}`]],
    ['a creation with a login', 201, async () => ['POST', '/contacts', await person({ password: 'correct horse' })]],
    ['an upsert that only creates', 201, async () => ['PATCH', '/contacts', await person(), { 'If-None-Match': '*' }]],
    [
      'an update of a company at a version',
      200,
      async () => ['POST', `/companies/${await gateway.createCompany()}`, { name: 'New' }, { 'If-Match': '"1"' }],
    ],
    [
      'an update that makes a contact primary, at a version',
      200,
      async () => ['POST', `/contacts/${(await gateway.createContact()).id}`, { is_primary: true }, { 'If-Match': '"1"' }],
    ],
  ])('and %s is late, which would be refused now / it answers the stored result', async (_, status, prepare) => {
    let first: Answer | undefined;
    const late = await untilServed(async () => {
      const [[method, path, body, headers], key] = [await prepare(), randomUUID()];
      const send = (at: TestGateway) => at.call(method, path, body, keyed(key, headers));
      const [answer] = await afterLookUp(
        () => [send(replica)],
        async () => (first = await send(gateway)),
      );
      return answer!;
    });
    expect([first!.status, first!.headers.get('idempotency-replayed')]).toEqual([status, null]);
    expect([late.status, late.headers.get('idempotency-replayed'), late.body]).toEqual([status, 'true', first!.body]);
    // The removal of a company has transactions of its own, which the next tests would take for those of their updates.
    await eventually(async () => expect((await gateway.sql.query('select from closed_company')).rowCount).toBe(0));
  });

  it.each(WAYS)(
    'and they are a batch and another request, done %s / the late one is refused, and the batch can be repeated',
    async (_, target) => {
      const late = await untilServed(async () => {
        const [{ path, field }, { id }, key] = [await target(), await gateway.createContact(), randomUUID()];
        const batch = (at: TestGateway) =>
          at.call('POST', '/contacts/batch', { items: [{ id, last_name: 'Batch' }] }, keyed(key));
        const [answer] = await afterLookUp(
          () => [replica.call('POST', path, { [field]: 'Late' }, keyed(key))],
          () => batch(gateway),
        );
        if (answer!.status !== 503) {
          const again = await batch(gateway);
          expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([207, 'true']);
          expect(await versionOf(id)).toBe(2);
          expect((await gateway.call('GET', path)).body.data.version).toBe(1);
        }
        return answer!;
      });
      expect([late.status, late.body.code]).toEqual([422, 'idempotency_key_reused']);
    },
  );

  it('and the first is not yet committed / the second answers 409, and the first is applied once', async () => {
    const { update, answer } = await untilInTime(async ({ send }) => {
      const { reached, open, pass } = gate();
      const undo = around(StatementTransaction.prototype, 'commit', async (commit) => {
        await pass();
        await commit();
      });
      let first: Promise<Answer> | undefined;
      const [second] = await afterLookUp(
        () => [send(replica)],
        async () => {
          first = send(gateway);
          await reached;
        },
      );
      open();
      undo();
      // The one that was held can have passed its deadline too.
      return (await first)?.status === 200 ? second! : (await first)!;
    });
    expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([409, 'idempotency_key_in_use', '1']);
    for (const at of [gateway, replica]) expect((await update.send(at)).headers.get('idempotency-replayed')).toBe('true');
    expect(await versionOf(update.id)).toBe(2);
  });

  it('and updates of other contacts share the batch of the late one / they are applied once, by that batch', async () => {
    const beside = [await gateway.createContact(), await gateway.createContact()];
    let transactions = 0;
    const { answer } = await untilInTime(async ({ send }) => {
      transactions = 0;
      const undo = around(StatementTransaction.prototype, 'begin', (begin) => {
        transactions++;
        begin();
      });
      const name = randomUUID();
      const [late, ...others] = await afterLookUp(
        () => [send(replica), ...beside.map(({ id }) => replica.update(id, { last_name: name }, keyed(randomUUID())))],
        () => send(gateway),
      ).finally(undo);
      if (late!.status !== 503)
        expect(others.map(({ status, body }) => [status, body.data?.last_name])).toEqual(beside.map(() => [200, name]));
      return late!;
    });
    expect(answer.headers.get('idempotency-replayed')).toBe('true');
    // Were the batch to fail, each of its three updates would run again.
    expect(transactions).toBeLessThanOrEqual(4);
  });

  it.each(WAYS)(
    'and one takes no locks on keys / the write of the other, done %s, is undone, and it answers the stored result',
    async (_, target) => {
      let [path, field, first]: [string, string, Answer | undefined] = ['', '', undefined];
      const answer = await untilServed(async () => {
        ({ path, field } = await target());
        const key = randomUUID();
        const send = (at: TestGateway) => at.call('POST', path, { [field]: 'Once' }, keyed(key));
        first = await send(gateway);
        const rename = (from: string, to: string) =>
          gateway.sql.query('update idempotency_key set key = $2 where key = $1', [from, to]);
        await rename(key, `${key} away`);
        await gateway.call('POST', path, { [field]: 'Former' });
        const { reached, open, pass } = gate();
        const undo = around(Outbox.prototype, 'record', async (add) => {
          await pass();
          return add();
        });
        const late = send(replica);
        await reached;
        await rename(`${key} away`, key);
        open();
        undo();
        return late;
      });
      expect([answer.headers.get('idempotency-replayed'), answer.body]).toEqual(['true', first!.body]);
      const { body } = await gateway.call('GET', path);
      expect([body.data.version, body.data[field]]).toEqual([3, 'Former']);
    },
  );
});

describe('an Idempotency-Key', () => {
  it.each(WAYS)(
    'when two callers use the same one at the same time, each %s, again and again / each gets its own answers',
    async (_, target) => {
      const other = await gateway.insertToken(['contacts:write', 'companies:write']);
      const [targets, key] = [[await target(), await target()], randomUUID()];
      const headers = [keyed(key), keyed(key, { authorization: `Bearer ${other}` })];
      const send = () =>
        Promise.all(targets.map(({ path, field }, index) => gateway.call('POST', path, { [field]: 'Own' }, headers[index])));
      const [first, second] = [await send(), await send()];
      expect(first.map(({ body }) => String(body.data?.id))).toEqual(targets.map(({ path }) => path.split('/').at(-1)));
      expect(second.map(({ body }) => body)).toEqual(first.map(({ body }) => body));
      expect([...first, ...second].map(({ headers }) => headers.get('idempotency-replayed'))).toEqual([
        null,
        null,
        'true',
        'true',
      ]);
    },
  );

  it.each(WAYS)('when another caller has used the same one, and the request is done %s / is its own', async (_, target) => {
    const [other, key] = [await gateway.insertToken(['contacts:write', 'companies:write']), randomUUID()];
    for (const headers of [keyed(key, { authorization: `Bearer ${other}` }), keyed(key)]) {
      const { path, field } = await target();
      const answer = await gateway.call('POST', path, { [field]: 'Own' }, headers);
      expect([answer.status, answer.body.data?.version, answer.headers.get('idempotency-replayed')]).toEqual([200, 2, null]);
    }
  });

  it.each(WAYS)(
    'when another transaction has its lock, and the request is done %s / answers 409 with Retry-After',
    async (_, target) => {
      const [{ path, field }, key] = [await target(), randomUUID()];
      const { rows } = await gateway.sql.query('select id from api_token where is_seeded');
      const lock = createHash('sha256').update(`${rows[0].id}:${key}`).digest().readBigInt64BE();
      const other = await gateway.sql.connect();
      try {
        await other.query('begin');
        await other.query('select pg_advisory_xact_lock($1)', [lock]);
        const { status, headers, body } = await gateway.call('POST', path, { [field]: 'Late' }, keyed(key));
        expect([status, body.code, headers.get('retry-after')]).toEqual([409, 'idempotency_key_in_use', '1']);
      } finally {
        await other.query('rollback');
        other.release();
      }
      expect((await gateway.call('GET', path)).body.data.version).toBe(1);
    },
  );

  it('when its caller goes away before it is looked up / a repetition gets the stored answer', async () => {
    const [{ id }, token] = [await gateway.createContact(), await gateway.insertToken(['contacts:write'])];
    const { reached, open, pass } = gate();
    const undo = around(StoredTokens.prototype, 'findByHash', async (find) => {
      await pass();
      return find();
    });
    const begun = Promise.withResolvers<ServerResponse>();
    const note = (message: unknown) => begun.resolve((message as { response: ServerResponse }).response);
    subscribe('http.server.request.start', note);
    const [caller, headers] = [new AbortController(), { ...keyed('gone-1'), authorization: `Bearer ${token}` }];
    const request = { method: 'DELETE', headers, signal: caller.signal };
    const lost = fetch(`${gateway.url}/external/api/v1/contacts/${id}`, request).catch((error: Error) => error.name);
    await reached;
    const closed = once(await begun.promise, 'close');
    unsubscribe('http.server.request.start', note);
    caller.abort();
    expect(await lost).toBe('AbortError');
    await closed;
    open();
    undo();
    await eventually(async () => expect((await gateway.sql.query('select from contact where id = $1', [id])).rowCount).toBe(0));
    const again = await gateway.call('DELETE', `/contacts/${id}`, undefined, headers);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  });

  it('when its caller goes away and sends the request again while the first waits / the second is 409, and the first is done', async () => {
    let id = '';
    const answer = await untilServed(async () => {
      const [contact, other, key] = [await gateway.createContact(), await gateway.createContact(), randomUUID()];
      id = contact.id;
      const holder = await gateway.sql.connect();
      try {
        await holder.query('begin');
        await holder.query('select from contact where id = $1 for update', [id]);
        const send = (signal?: AbortSignal) => gateway.call('POST', `/contacts/${id}`, { last_name: 'Once' }, keyed(key), signal);
        /** A request that is answered later than one that was sent before it, unless that one waits. */
        const arrived = () => gateway.update(other.id, { phone_1: randomUUID() });
        const caller = new AbortController();
        const lost = send(caller.signal).catch((error: Error) => error.name);
        await arrived();
        caller.abort();
        expect(await lost).toBe('AbortError');
        let second = send();
        // Until the gateway knows that the caller is gone, it refuses the second one at once.
        while (await Promise.race([second.then(() => true), arrived().then(() => false)])) second = send();
        const before = await batchCounts(gateway.url);
        await eventually(async () =>
          expect(batchesBetween(before, await batchCounts(gateway.url)).transactions).toBeGreaterThan(2),
        );
        await holder.query('rollback');
        const { status, headers } = await second;
        // On a busy machine the first one can have passed its deadline.
        return status === 200 && headers.get('idempotency-replayed') === null ? { ...(await second), status: 503 } : await second;
      } finally {
        await holder.query('rollback');
        holder.release();
      }
    });
    expect([answer.status, answer.body.code]).toEqual([409, 'idempotency_key_in_use']);
    await eventually(async () => expect(await versionOf(id)).toBe(2));
  });

  it.each(['', '""', 'x'.repeat(256)])('when it is empty or too long / answers 400 that names the header: %j', async (key) => {
    const { id } = await gateway.createContact();
    const { status, body } = await gateway.update(id, { first_name: 'A' }, keyed(key));
    expect([status, body.code, body.message]).toEqual([400, 'malformed_header', expect.stringContaining('Idempotency-Key')]);
  });

  it('when it is as long as it may be, with blanks and quotes / is taken', async () => {
    const { id } = await gateway.createContact();
    const key = `a b"~${'x'.repeat(250)}`;
    await gateway.update(id, { first_name: 'A' }, keyed(key));
    const { status, headers } = await gateway.update(id, { first_name: 'A' }, keyed(key));
    expect([key.length, status, headers.get('idempotency-replayed')]).toEqual([255, 200, 'true']);
  });

  it.each(WAYS)('when a day has passed, and the next request is done %s / is deleted', async (_, target) => {
    const [{ path, field }, key] = [await target(), randomUUID()];
    await gateway.call('POST', path, { [field]: 'A' }, keyed(key));
    await gateway.sql.query('update idempotency_key set expires_at = clock_timestamp() where key = $1', [key]);
    const send = () => gateway.call('POST', path, { [field]: 'B' }, keyed(key));
    const answers = [await send(), await send()];
    expect(answers.map(({ status, headers }) => [status, headers.get('idempotency-replayed')])).toEqual([
      [200, null],
      [200, 'true'],
    ]);
    const { rows } = await gateway.sql.query(
      `select expires_at - clock_timestamp() between interval '23 hours' and interval '24 hours' as day from idempotency_key where key = $1`,
      [key],
    );
    expect(rows).toEqual([{ day: true }]);
  });

  it('when it is stored / has a keyed hash and nothing of the body, the password or a plain hash', async () => {
    const { id } = await gateway.createContact({ email: address() });
    await gateway.update(id, { password: 'canary-password-1' }, keyed('secret-1'));
    const { rows } = await gateway.sql.query(`select row_to_json(k)::text as row from idempotency_key k where key = 'secret-1'`);
    expect(rows[0].row).not.toMatch(/canary|\$argon2|eyJ/);
  });

  it('when the request is a dry run / is not stored', async () => {
    const { id } = await gateway.createContact();
    await gateway.update(id, { first_name: 'A' }, keyed('dry-1', { Prefer: 'dry-run' }));
    const { status, headers } = await gateway.update(id, { first_name: 'A' }, keyed('dry-1'));
    expect([status, headers.get('idempotency-replayed')]).toEqual([200, null]);
  });
});

describe('when a contact with stored results is deleted', () => {
  it('and requests are repeated / stored results about it are empty and answer 404, and the DELETE gives its answer', async () => {
    const { id } = await gateway.createContact({ email: address() });
    const updates: [string, object][] = [
      ['gone-1', { last_name: 'Canary-Name' }],
      // In a transaction of its own.
      ['gone-3', { last_name: 'Canary-Name', is_primary: true }],
    ];
    for (const [key, patch] of updates) expect((await gateway.update(id, patch, keyed(key))).status).toBe(200);
    const remove = () => gateway.call('DELETE', `/contacts/${id}`, undefined, keyed('gone-2'));
    expect((await remove()).status).toBe(200);
    for (const [key, patch] of updates) {
      const { status, body } = await gateway.update(id, patch, keyed(key));
      expect([status, body.message]).toEqual([404, 'Contact not found.']);
    }
    const again = await remove();
    expect([again.status, again.body, again.headers.get('idempotency-replayed')]).toEqual([
      200,
      { message: 'Contact deleted.' },
      'true',
    ]);
    const { rows } = await gateway.sql.query(`select 1 from idempotency_key where result::text like '%Canary-Name%'`);
    expect(rows).toEqual([]);
  });

  it('and a stored result about it is not erased yet / a repetition answers 404', async () => {
    const [{ id }, key] = [await gateway.createContact(), randomUUID()];
    const send = () => gateway.update(id, { last_name: 'Once' }, keyed(key));
    await send();
    const { rows } = await gateway.sql.query('select result from idempotency_key where key = $1', [key]);
    await gateway.call('DELETE', `/contacts/${id}`);
    await gateway.sql.query('update idempotency_key set result = $2 where key = $1', [key, rows[0].result]);
    expect((await send()).status).toBe(404);
  });
});

describe('when a repetition has the same meaning in another spelling', () => {
  const FIRST = '{"first_name":"Ada","last_name":"B","tags":[{"id":1,"name":"x"}],"phone_1":"+1 \u00e9","is_primary":1}';

  it.each([
    [
      'names in another order',
      '{"tags":[{"name":"x","id":1}],"is_primary":1,"last_name":"B","phone_1":"+1 \u00e9","first_name":"Ada"}',
    ],
    ['blanks and newlines', FIRST.replaceAll(',', ' ,\n ')],
    ['escapes', FIRST.replace('Ada', '\\u0041da').replace('\u00e9', '\\u00e9')],
    ['another form of a number', FIRST.replace('"is_primary":1', '"is_primary":1.0e0')],
    ['a byte order mark', `\ufeff${FIRST}`],
  ])('by %s / gives the first answer', async (_, second) => {
    const { id } = await gateway.createContact();
    const key = keyed(randomUUID());
    expect((await gateway.update(id, FIRST as never, key)).status).toBe(200);
    const again = await gateway.update(id, second, key);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  });

  it('by its path, its query and its preferences / gives the first answer', async () => {
    const { id } = await gateway.createContact();
    const key = randomUUID();
    const send = (path: string, prefer: string) => gateway.update(path, { first_name: 'A' }, keyed(key, { Prefer: prefer }));
    expect((await send(`${id}?dry_run=0`, 'handling=strict, respond-async')).status).toBe(200);
    const again = await send(`%3${id[0]}${id.slice(1)}?dry%5Frun=0`, 'Handling="strict"');
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, 'true']);
  });

  it.each([
    ['a fragment that cannot be decoded', (path: string) => `${path}#%zz`],
    ['an origin', (path: string) => `${gateway.url}${path}`],
    ['an origin in capitals', (path: string) => `${gateway.url.toUpperCase()}${path}`],
  ])('by %s in its target / gives the first answer', async (_, targetOf) => {
    const { id } = await gateway.createContact();
    const path = `/external/api/v1/contacts/${id}`;
    for (const targets of [
      [path, targetOf(path)],
      [targetOf(path), path],
    ]) {
      const key = randomUUID();
      const answers = [await send('POST', targets[0]!, key), await send('POST', targets[1]!, key)];
      expect(answers.map(({ status, replayed }) => [status, replayed])).toEqual([
        [200, undefined],
        [200, 'true'],
      ]);
    }
  });

  it('but has a number sign in its path, where the first had a fragment / answers 422', async () => {
    const { data: company } = (await gateway.call('POST', '/companies', { name: 'A', tags: ['a', 'a#b'] })).body;
    const path = `/external/api/v1/companies/${company.id}/tags/a`;
    const key = randomUUID();
    expect((await send('DELETE', `${path}#b`, key)).status).toBe(200);
    expect((await send('DELETE', `${path}%23b`, key)).body.code).toBe('idempotency_key_reused');
  });

  it.each([
    ['items of a list in another order', '{"tags":["b","a"]}'],
    ['a number as text', '{"tags":["a","b"],"is_primary":"1"}'],
    ['null for what was absent', '{"tags":["a","b"],"first_name":null}'],
    ['a name of the prototype', '{"tags":["a","b"],"__proto__":{"a":1}}'],
  ])('but has %s / answers 422', async (_, second) => {
    const { id } = await gateway.createContact();
    const key = keyed(randomUUID());
    expect((await gateway.update(id, '{"tags":["a","b"]}', key)).status).toBe(200);
    expect((await gateway.update(id, second as never, key)).body.code).toBe('idempotency_key_reused');
  });
});

describe('when the previous release serves the same keys', () => {
  const hmacKey = Buffer.from(hkdfSync('sha256', Buffer.from(SECRET, 'base64url'), '', 'contact-sync/idempotency', 32));
  /** The fingerprint of release 1.0.0. */
  const oldForm = (id: string, body: object) =>
    createHmac('sha256', hmacKey)
      .update(JSON.stringify(['POST', `/external/api/v1/contacts/${id}`, '', body]))
      .digest();

  it('and reads a row of this release / finds its own form in it', async () => {
    const { id } = await gateway.createContact();
    const key = randomUUID();
    await gateway.update(id, { first_name: 'A', last_name: 'B' }, keyed(key));
    const { rows } = await gateway.sql.query('select fingerprint from idempotency_key where key = $1', [key]);
    expect(rows[0].fingerprint).toEqual(oldForm(id, { first_name: 'A', last_name: 'B' }));
  });

  it.each([
    ['as it was', { first_name: 'A', last_name: 'B' }, 200],
    ['with its names in another order', { last_name: 'B', first_name: 'A' }, 422],
    ['with another value', { first_name: 'A', last_name: 'C' }, 422],
  ])('and stored the key, and a request comes %s, %j / answers %i', async (_, second, status) => {
    const { id } = await gateway.createContact();
    const key = randomUUID();
    await gateway.update(id, { first_name: 'A', last_name: 'B' }, keyed(key));
    await gateway.sql.query('update idempotency_key set meaning = null where key = $1', [key]);
    expect((await gateway.update(id, second, keyed(key))).status).toBe(status);
  });

  it('and took over a row of this release / the row is not compared with the meaning of the former request', async () => {
    const { id } = await gateway.createContact();
    const key = randomUUID();
    await gateway.update(id, { first_name: 'Former' }, keyed(key));
    await gateway.sql.query('update idempotency_key set fingerprint = $2 where key = $1', [
      key,
      oldForm(id, { first_name: 'Later' }),
    ]);
    expect((await gateway.update(id, { first_name: 'Former' }, keyed(key))).status).toBe(422);
    expect((await gateway.update(id, { first_name: 'Later' }, keyed(key))).status).toBe(200);
  });
});
