import { migrate, type StatementPool } from '#app/postgres';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { MikroORM } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { generateSealingKeys, readOpeningKeys, readSealingKey, sealCredential, UnreadableCredential } from '#app/credentials';
import { createTestDatabase, testSeed, type TestDatabase } from '#app/system/testing';
import fc from 'fast-check';
import { consumerStatements, ormOptions } from '../database/orm.js';
import { Credentials } from './credentials.js';
import { changed, deeds, GatewayModel } from './login-histories.fixtures.js';
import { NoFollowUp } from './login-follow-up.js';
import type { LoginRecord } from './login-record.js';
import { LoginStore } from './login.store.js';
import { VersionWaiter } from './version-waiter.js';
import { PortalLogin } from './portal-login.entity.js';
import { SyncPortalLoginsCommand } from './sync-portal-logins.command.js';
import { SyncPortalLoginsHandler } from './sync-portal-logins.handler.js';

const PHC = '$argon2id$v=19$m=19456,t=2,p=1$c29tZXNhbHRzb21l$c29tZWhhc2hzb21laGFzaHNvbWVoYXNoc29tZWhhcw';
const SEED = testSeed(import.meta.filename);

/** Fails a transaction that lowers the stored offset. */
const OFFSETS_NEVER_GO_BACK = `
  create function refuse_lower_offset() returns trigger language plpgsql as $$
    begin
      if new.next_offset < old.next_offset then raise exception 'offset % after %', new.next_offset, old.next_offset; end if;
      return new;
    end $$;
  create trigger offsets_never_go_back before update on consumer_offset for each row execute function refuse_lower_offset();`;

let database: TestDatabase;
let replicas: { orm: MikroORM; statements: StatementPool; handler: SyncPortalLoginsHandler }[];
let seal: (contactId: number) => Promise<string>;

beforeAll(async () => {
  Logger.overrideLogger(false);
  database = await createTestDatabase();
  const keys = await generateSealingKeys('seal-1');
  const [sealing, opening] = [
    await readSealingKey(JSON.stringify(keys.publicKeys)),
    await readOpeningKeys(JSON.stringify(keys.privateKeys)),
  ];
  seal = (contactId) => sealCredential(sealing, contactId, PHC);
  replicas = await Promise.all(
    [1, 2].map(async () => {
      const orm = await MikroORM.init(ormOptions(database.url));
      const statements = consumerStatements(database.url);
      return {
        orm,
        statements,
        handler: new SyncPortalLoginsHandler(
          new LoginStore(statements),
          new Credentials(opening),
          new VersionWaiter(orm.em),
          new NoFollowUp(),
        ),
      };
    }),
  );
  await migrate(replicas[0]!.orm);
  await replicas[0]!.orm.em.fork().execute(OFFSETS_NEVER_GO_BACK);
});

afterAll(async () => {
  for (const { orm, statements } of replicas) await Promise.all([orm.close(), statements.end()]);
  await database.drop();
});

/** The changes of a history by partition, with credentials that open. */
async function partitionsOf({ changes }: GatewayModel, partitions: number): Promise<LoginRecord[][]> {
  const sealed = await Promise.all(
    changes.map(async (change) =>
      change.kind === 'state' && change.credential !== null ? { ...change, credential: await seal(change.contactId) } : change,
    ),
  );
  return Array.from({ length: partitions }, (_, partition) =>
    sealed.filter(({ contactId }) => contactId % partitions === partition),
  );
}

/** Applies one partition through a replica, in batches of random size, at times from an earlier offset. */
async function consume(
  handler: SyncPortalLoginsHandler,
  partition: number,
  changes: LoginRecord[],
  sizes: Iterator<number>,
): Promise<void> {
  for (let at = 0; at < changes.length;) {
    const size = 1 + (sizes.next().value! % 4);
    await handler.execute(
      new SyncPortalLoginsCommand(changes.slice(Math.max(0, at - (size % 2)), at + size), {
        topic: 'logins',
        partition,
        nextOffset: at + size,
        heldOffset: 0,
      }),
    );
    at += size;
  }
}

describe('replicas of the auth app', () => {
  it('when they apply partitions in parallel, two of them the same one / the end is the state of the gateway, each email has one login, and no offset goes back', async () => {
    const em = replicas[0]!.orm.em;
    const property = fc.asyncProperty(deeds, fc.infiniteStream(fc.nat(7)), async (history, sizes) => {
      await em.fork().nativeDelete(PortalLogin, {});
      await em.fork().execute('delete from consumer_offset');
      const gateway = new GatewayModel(history);
      const partitions = await partitionsOf(gateway, 4);
      await Promise.all(
        [...partitions.entries(), ...partitions.entries()].map(([partition, changes], index) =>
          consume(replicas[index % 2 === partition % 2 ? 0 : 1]!.handler, partition, changes, sizes[Symbol.iterator]()),
        ),
      );
      const rows = await em.fork().find(PortalLogin, {}, { orderBy: { contactId: 'asc' } });
      const held = rows.map(({ contactId, version, email }) => [contactId, { version, email }]);
      const expected = [...gateway.logins].sort(([a], [b]) => a - b).map(([id, { version, email }]) => [id, { version, email }]);
      expect(held).toEqual(expected);
      const offsets = await em.fork().execute<{ partition: number; next_offset: string }[]>('select * from consumer_offset');
      for (const { partition, next_offset } of offsets)
        expect(Number(next_offset)).toBeGreaterThanOrEqual(partitions[partition]!.length);
    });
    await fc.assert(property, { numRuns: 60, seed: SEED, endOnFailure: true });
  });
});

describe('a batch of logins', () => {
  it('when it swaps the emails of two logins / both are stored', async () => {
    const { orm, handler } = replicas[0]!;
    const state = async (contactId: number, version: number, position: number, email: string): Promise<LoginRecord> =>
      changed({ contactId, version, position, email, changes: ['email'], credential: await seal(contactId) });
    const before = [await state(901, 1, 1, 'one@x.io'), await state(902, 1, 2, 'two@x.io')];
    const swap = [await state(901, 2, 3, 'three@x.io'), await state(902, 2, 4, 'one@x.io'), await state(901, 3, 5, 'two@x.io')];
    await handler.execute(new SyncPortalLoginsCommand(before, { topic: 'swap', partition: 0, nextOffset: 2, heldOffset: 0 }));
    await handler.execute(new SyncPortalLoginsCommand(swap, { topic: 'swap', partition: 0, nextOffset: 5, heldOffset: 2 }));
    const rows = await orm.em.fork().find(PortalLogin, { contactId: { $in: [901, 902] } }, { orderBy: { contactId: 'asc' } });
    expect(rows.map(({ email }) => email)).toEqual(['two@x.io', 'one@x.io']);
  });

  it.each([
    ['holds less than was stored', 5],
    ['holds nothing', undefined],
  ])('when the database %s / nothing of it is applied, and its offset is not stored', async (topic, stored) => {
    const { orm, handler } = replicas[0]!;
    const em = orm.em.fork();
    if (stored !== undefined) await em.execute('insert into consumer_offset values (?, 0, ?)', [topic, stored]);
    const record = changed({ contactId: 903, version: 1, position: 6, email: 'lost@x.io', credential: await seal(903) });
    const applied = handler.execute(new SyncPortalLoginsCommand([record], { topic, partition: 0, nextOffset: 8, heldOffset: 7 }));
    await expect(applied).rejects.toMatchObject({ code: '23502', column: 'next_offset' });
    expect(await em.count(PortalLogin, { contactId: 903 })).toBe(0);
    const offsets = await em.execute<{ next: number }[]>('select next_offset::int as next from consumer_offset where topic = ?', [
      topic,
    ]);
    expect(offsets).toEqual(stored === undefined ? [] : [{ next: stored }]);
  });
});

describe.each([2, 40])('when a batch of %i logins', (size) => {
  const topic = `batch of ${size}`;
  const first = size * 1_000;
  const ids = Array.from({ length: size }, (_, index) => first + index);
  const created = (contactId: number, credential: string): LoginRecord =>
    changed({ contactId, version: 1, position: contactId, email: `${contactId}@x.io`, changes: ['created'], credential });
  const apply = (records: LoginRecord[], nextOffset: number) =>
    replicas[0]!.handler.execute(new SyncPortalLoginsCommand(records, { topic, partition: 0, nextOffset, heldOffset: 0 }));
  const stored = async () => {
    const em = replicas[0]!.orm.em.fork();
    const logins = await em.find(PortalLogin, { contactId: { $in: ids } }, { orderBy: { contactId: 'asc' } });
    const offsets = await em.execute<{ next_offset: string }[]>('select next_offset from consumer_offset where topic = ?', [
      topic,
    ]);
    return {
      logins: logins.map(({ contactId, version }) => [contactId, version]),
      offsets: offsets.map((row) => Number(row.next_offset)),
    };
  };

  it('has a credential that does not open / nothing of it is applied, and its offset is not stored', async () => {
    const records = await Promise.all(ids.map(async (id) => created(id, await seal(id))));
    const broken = [...records.slice(0, -1), created(ids.at(-1)!, 'not sealed')];
    await expect(apply(broken, size)).rejects.toThrow(UnreadableCredential);
    expect(await stored()).toEqual({ logins: [], offsets: [] });
  });

  it('is applied / each login is stored with the offset, and a known version is not opened again', async () => {
    await apply(await Promise.all(ids.map(async (id) => created(id, await seal(id)))), size);
    const expected = { logins: ids.map((id) => [id, 1]), offsets: [size] };
    expect(await stored()).toEqual(expected);
    await apply(
      ids.map((id) => created(id, 'not sealed')),
      size,
    );
    expect(await stored()).toEqual(expected);
  });

  it('repeats versions that are held without a password / the passwords are stored where they open, else nothing is', async () => {
    const next = (contactId: number, credential: string | null, isSalvaged = false): LoginRecord =>
      changed({ contactId, version: 2, position: 2 * contactId, email: `${contactId}@x.io`, credential, isSalvaged });
    const withPassword = () =>
      replicas[0]!.orm.em.fork().count(PortalLogin, { contactId: { $in: ids }, credential: { $ne: null } });
    await apply(
      ids.map((id) => next(id, null, true)),
      size,
    );
    expect(await withPassword()).toBe(0);
    const broken = apply(
      ids.map((id) => next(id, 'not sealed')),
      size,
    );
    await expect(broken).rejects.toThrow(UnreadableCredential);
    expect(await withPassword()).toBe(0);
    await apply(await Promise.all(ids.map(async (id) => next(id, await seal(id)))), size);
    expect(await withPassword()).toBe(size);
  });
});
