import { randomUUID } from 'node:crypto';
import { encodeEvent } from '#app/contracts';
import { RELAY_LOCK } from '#app/messaging';
import pg from 'pg';
import { produce, produceAsTheyAre, type RawRecord } from '../../faults/faults/raw-records.js';
import { setTopic } from '../../faults/faults/topic-config.js';
import { UNUSED_CONTACT_IDS } from '../../faults/check/collect-evidence.js';
import type { System } from '../../faults/system/system.js';
import type { Traffic } from './traffic.js';

export interface CauseContext {
  system: System;
  traffic: Traffic;
  /** Resolves when all alerts of the cause fire, or their time is over. */
  untilFiring: () => Promise<void>;
}

/** A fault of the runbook, and the alerts that it must raise. */
export interface Cause {
  fault: string;
  alerts: readonly string[];
  /** Causes the fault, waits for its alerts, and repairs it. */
  run: (context: CauseContext) => Promise<void>;
}

const FLOOD = 60;

export const CAUSES: readonly Cause[] = [
  {
    fault: 'a gateway is killed',
    alerts: ['ContactSyncDown'],
    run: async ({ system, untilFiring }) => {
      const { app } = system.gateways[1]!;
      await app.kill();
      await untilFiring();
      await app.startUntilReady();
    },
  },
  {
    fault: 'a session of the database holds the lock of the relays',
    alerts: ['ContactSyncNoRelay'],
    run: async ({ system, untilFiring }) => {
      const session = new pg.Client({ connectionString: system.databaseUrls.gateway });
      await session.connect();
      const locked = session.query('select pg_advisory_lock(hashtext($1))', [RELAY_LOCK]);
      await system.sql.gateway.query(`select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and granted`);
      await locked;
      await untilFiring();
      await session.end();
    },
  },
  {
    fault: 'the gateways are cut off from the broker',
    alerts: ['ContactSyncOutboxWaits', 'ContactSyncOutboxFull'],
    run: async ({ system, untilFiring }) => {
      await system.setBrokerProxies(system.gateways, 'refuse');
      await untilFiring();
      await system.setBrokerProxies(system.gateways, 'pass');
    },
  },
  {
    fault: 'the broker refuses the records of a topic',
    alerts: ['ContactSyncRelayBlocked'],
    run: async ({ system, untilFiring }) => {
      await setTopic(system, 'contacts.v1', { 'max.message.bytes': '300' });
      await untilFiring();
      await setTopic(system, 'contacts.v1');
    },
  },
  {
    fault: 'the auth apps are cut off from the broker',
    alerts: ['ContactSyncNobodyReads'],
    run: async ({ system, untilFiring }) => {
      await system.setBrokerProxies(system.auths, 'refuse');
      await untilFiring();
      await system.setBrokerProxies(system.auths, 'pass');
    },
  },
  {
    fault: "the gateways' database answers nothing, and 60 clients make contacts",
    alerts: ['ContactSyncDatabaseAway', 'ContactSyncErrors', 'ContactSyncPoolExhausted'],
    run: async ({ system, traffic, untilFiring }) => {
      const set = (mode: 'hold' | 'pass') => Promise.all(system.gateways.map(({ database }) => database.set(mode)));
      await set('hold');
      await traffic.flooded(FLOOD, () => traffic.createContact(), untilFiring).finally(() => set('pass'));
    },
  },
  {
    fault: '60 clients sign in without a pause',
    alerts: ['ContactSyncHashQueue'],
    run: ({ traffic, untilFiring }) => traffic.flooded(FLOOD, () => traffic.signIn(), untilFiring),
  },
  {
    fault: 'a record of a login is not JSON',
    alerts: ['ContactSyncDeadLetters'],
    run: async ({ system, untilFiring }) => {
      await produce(system, [{ ...loginRecord(2), value: 'not JSON' }]);
      await untilFiring();
    },
  },
  {
    // Such a record is a dead letter too, whose alert has its turn before.
    fault: 'a record of a login has no mark',
    alerts: ['ContactSyncUnauthenticRecords'],
    run: async ({ system, untilFiring }) => {
      await produceAsTheyAre(system, [loginRecord(1)]);
      await untilFiring();
    },
  },
  {
    fault: 'a session of the database locks the audit trail',
    alerts: ['ContactSyncAuditEntriesLost'],
    run: async ({ system, traffic, untilFiring }) => {
      const session = new pg.Client({ connectionString: system.databaseUrls.gateway });
      await session.connect();
      await session.query('begin; lock table audit_entry in exclusive mode');
      await traffic.flooded(1, () => traffic.exportContacts(), untilFiring).finally(() => session.end());
    },
  },
  {
    // The last one: a stopped partition stays so until an operator parks its record.
    fault: 'a record of a login is of a later major version',
    alerts: ['ContactSyncPartitionStopped'],
    run: async ({ system, untilFiring }) => {
      const record = loginRecord(3);
      const headers = { ...record.headers, ce_type: 'contact-sync.PortalLoginChanged.v2' };
      await produce(system, [{ ...record, headers }]);
      await untilFiring();
    },
  },
];

/** Alerts that wait longer than two minutes by their rule, since a short time of it is no fault; `deploy/prometheus/alerts.test.yml` tries them. */
export const SLOW_ALERTS = [
  'ContactSyncConsumerDegraded',
  'ContactSyncLag',
  'ContactSyncSlowSync',
  'ContactSyncSlowAnswers',
  'ContactSyncManyLimited',
];

function loginRecord(at: number): RawRecord {
  const contactId = UNUSED_CONTACT_IDS + 5_000 + at;
  const attributes = {
    id: randomUUID(),
    correlationId: randomUUID(),
    time: new Date().toISOString(),
    actor: null,
    traceparent: null,
  };
  const data = {
    contact_id: contactId,
    version: 1,
    position: 1,
    changes: ['created'] as ['created'],
    email: `drill.${contactId}@drill.example`,
    previous_email: null,
    credential: null,
  };
  const { headers, value } = encodeEvent({ name: 'PortalLoginChanged', ...attributes, data });
  return { key: String(contactId), value, headers };
}
