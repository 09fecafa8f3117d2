import { randomUUID } from 'node:crypto';
import { createRequire } from 'node:module';
import { expect } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { StatementTransaction } from '#app/postgres';
import { createKafka, OutboxRelay } from '#app/messaging';
import { eventually } from '#app/system/testing';
import kafkajs from 'kafkajs';
import { SyncPortalLoginsHandler } from '../apps/auth/src/portal-logins/sync-portal-logins.handler.js';
import { around, together } from './faults/seams/around.js';
import type { PartitionProducer } from '../libs/messaging/src/kafka/partition-producer.js';
import { OutboxPublisher } from '../libs/messaging/src/outbox/outbox-publisher.js';
import { RelayLease } from '../libs/messaging/src/outbox/relay-lease.js';
import { newEmail, type DeliveryWorld } from './delivery.harness.js';
import { gate } from './gate.js';

/** An event that a correct system survives without damage. */
export type Scenario = (world: DeliveryWorld) => Promise<void>;

async function during(undo: () => void, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } finally {
    undo();
  }
}

/** True for the first calls. */
const times = (count: number) => (): boolean => count-- > 0;

/** Whether the late update's commit was held, and both were answered: on a busy machine a deadline can pass meanwhile. */
async function commitsBehindAFastOne(world: DeliveryWorld, slow: number, fast: number): Promise<boolean> {
  const { reached, open, pass } = gate();
  const held = around(StatementTransaction.prototype, 'commit', async (commit, _args, transaction) => {
    // A commit is sent without waiting for the insert before it, which draws the ids.
    await transaction.firstFailure();
    await pass();
    await commit();
  });
  let wasLate = false;
  await during(held, async () => {
    let isOver = false;
    const late = world.update(slow, { phone_1: randomUUID() }).finally(() => (isOver = true));
    await reached;
    const between = await world.update(fast, { phone_1: randomUUID() });
    await world.untilPublished();
    const wasHeld = !isOver && between.outcome === 'ok';
    open();
    wasLate = (await late).outcome === 'ok' && wasHeld;
  });
  return wasLate;
}

export const slowTransactionBehindAFastOne: Scenario = async (world) => {
  const [slow, fast] = [await world.contact(), await world.contact()];
  await world.untilPublished();
  for (let attempt = 0; attempt < 5; attempt++) if (await commitsBehindAFastOne(world, slow, fast)) return;
  throw new Error('No update was answered whose commit was held.');
};

/** By relay: whether it got the lease when it last tried. */
function watchLease(): { got: Map<string, boolean>; undo: () => void } {
  const got = new Map<string, boolean>();
  const undo = around(RelayLease, 'tryAcquire', async (acquire, [, relay]) => {
    const lease = await acquire();
    got.set(relay!, lease !== null);
    return lease;
  });
  return { got, undo };
}

export const twoRelaysOfWhichOneIsSlow: Scenario = async (world) => {
  const { gateway } = world;
  const contact = await world.contact(newEmail());
  await world.untilPublished();
  const client = createKafka({ brokers: gateway.brokers, clientId: 'second-relay' }, new Logger('Kafka'));
  const second = new OutboxRelay(client, { databaseUrl: gateway.databaseUrl, applicationName: 'contact-sync relay', pollMs: 50 });
  const { reached, open, pass } = gate();
  let isOvertaken = false;
  const held = around(OutboxPublisher.prototype, 'publish', async (publish, [rows]) => {
    const ours = rows.filter(({ key }) => key === String(contact));
    if (ours.length > 0) await pass();
    const result = await publish();
    isOvertaken ||= ours.some(({ headers }) => Number(headers['ce_sequence']) === 3);
    return result;
  });
  const { got, undo } = watchLease();
  await during(together(held, undo), async () => {
    await world.interruptRelay();
    second.start();
    // From here on, both work as the defect lets them.
    await eventually(() => expect(got.size).toBe(2));
    await world.update(contact, { email: newEmail() });
    await reached;
    await world.update(contact, { email: newEmail() });
    // Either the other relay publishes, or it may not.
    await eventually(() => expect([isOvertaken, ...[...got.values()].map((isHolder) => !isHolder)]).toContain(true));
    open();
    await world.untilPublished();
  });
  await second.stop();
};

export const brokerRefusesOnce: Scenario = async (world) => {
  const contact = await world.contact();
  await world.untilPublished();
  const isRefused = times(1);
  // Of the update alone: a relay that deletes too early has an empty outbox before it sends what came before.
  const isUpdate = ({ key, headers }: { key: string; headers: Record<string, string> }) =>
    key === String(contact) && Number(headers['ce_sequence']) === 2;
  const refusing = around(OutboxPublisher.prototype, 'publish', (publish, [rows]) =>
    rows.some(isUpdate) && isRefused()
      ? Promise.resolve({ published: [], failed: [], failure: new Error('The broker is away.') })
      : publish(),
  );
  await during(refusing, async () => {
    await world.update(contact, { phone_1: 'refused' });
    await world.untilPublished();
  });
};

/** Does what kafkajs does when a leader moves between its tries (kafkajs#1798). */
export const sendResolvesWithoutAPartition: Scenario = async (world) => {
  const contact = await world.contact(newEmail());
  await world.untilPublished();
  const isDropped = times(1);
  const dropping = around(OutboxPublisher.prototype, 'publish', async (publish, [rows], self) => {
    const { current } = self as unknown as { current: PartitionProducer };
    if (new Set(rows.map(({ topic }) => topic)).size < 2 || !isDropped()) return publish();
    const undo = around(current, 'send', (send, [leader, batches]) => send(leader, batches.slice(1)));
    return publish().finally(undo);
  });
  await during(dropping, async () => {
    await world.update(contact, { first_name: 'Berta', password: world.newPassword() });
    await world.untilPublished();
  });
};

interface KafkaConnection {
  send(protocol: { request: { apiName: string } }): Promise<unknown>;
}
const { prototype: connection } = createRequire(import.meta.url)('kafkajs/src/network/connection') as {
  prototype: KafkaConnection;
};

export const answersOfTheBrokerAreLost: Scenario = async (world) => {
  const contact = await world.contact();
  await world.untilPublished();
  const isLost = times(2);
  const { reached, open, pass } = gate();
  const losing = around(connection, 'send', async (send, [{ request }]) => {
    const answer = await send();
    if (request.apiName !== 'Produce' || !isLost()) return answer;
    const lost = { type: 'REQUEST_TIMED_OUT', code: 7, message: 'No answer.', retriable: true };
    throw new kafkajs.KafkaJSProtocolError(lost as never);
  });
  const held = around(OutboxPublisher.prototype, 'publish', async (publish) => {
    const result = await publish();
    if (result.failed.length > 0) await pass();
    return result;
  });
  await during(losing, () =>
    during(held, async () => {
      await world.update(contact, { phone_1: 'taken, not acknowledged' });
      await reached;
      // The next request has another size.
      await world.update(contact, { phone_1: 'next' });
      open();
      // With a kept producer this never comes.
      await world.untilPublished(1_000).catch(() => undefined);
      // It has the size of the first one: with the same sequence numbers the broker takes it for a repetition.
      await world.update(contact, { phone_1: 'last' });
      await world.untilPublished(1_000).catch(() => undefined);
    }),
  );
};

export const emailMovesWhileAClaimIsOnItsWay: Scenario = async (world) => {
  const email = newEmail();
  const [former, next] = [await world.contact(email), await world.contact(newEmail())];
  const { reached, open, pass } = gate();
  let claiming: StatementTransaction | undefined;
  let passed: Promise<void> | undefined;
  // The claim's transaction has begun; its reads are held.
  const held = around(StatementTransaction.prototype, 'query', async (query, [statement], self) => {
    if (typeof statement !== 'string' && statement.name === 'contacts-lock') claiming ??= self;
    if (self === claiming) await (passed ??= pass());
    return query();
  });
  await during(held, async () => {
    const claim = world.update(next, { email });
    await reached;
    await world.update(former, { email: newEmail() });
    open();
    await claim;
  });
};

export const repetitionBehindARemoval: Scenario = async (world) => {
  const contact = await world.contact(newEmail());
  await world.removeLogin(contact);
  await world.untilApplied();
  await world.repeatFirstOf(contact);
};

interface OpenHandler {
  apply(...args: unknown[]): Promise<unknown>;
}
const handler = SyncPortalLoginsHandler.prototype as unknown as OpenHandler;

export const partitionMovesBeforeTheCommit: Scenario = async (world) => {
  const contact = await world.contact(newEmail());
  await world.untilApplied();
  const isMoving = times(2);
  const moving = around(handler, 'apply', (apply) => {
    if (!isMoving()) return apply();
    const moved = { type: 'REBALANCE_IN_PROGRESS', code: 27, message: 'The group rebalances.', retriable: true };
    throw new kafkajs.KafkaJSProtocolError(moved as never);
  });
  await during(moving, async () => {
    await world.update(contact, { email: newEmail() });
    await world.untilApplied();
  });
};

export const databaseFailsOnce: Scenario = async (world) => {
  const contact = await world.contact(newEmail());
  await world.untilApplied();
  const isFailing = times(1);
  const failed = Promise.withResolvers<void>();
  const failing = around(handler, 'apply', (apply) => {
    if (!isFailing()) return apply();
    failed.resolve();
    return Promise.reject(Object.assign(new Error('The connection is gone.'), { code: '08006' }));
  });
  await during(failing, async () => {
    await world.update(contact, { email: newEmail() });
    await failed.promise;
  });
};

export const authBeginsWithNothing: Scenario = async (world) => {
  await world.contact(newEmail());
  await world.untilApplied();
  await world.stopAuth();
  await world.sql.query('delete from portal_login; delete from consumer_offset');
  await world.startAuth();
};

export const passwordIsSet: Scenario = async (world) => {
  const contact = await world.contact(newEmail());
  await world.update(contact, { password: world.newPassword() });
};
