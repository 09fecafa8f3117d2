import { describe, expect, it } from '@jest/globals';
import { attempt, contactRecord, loginRecord, operation, soundEvidence, tombstone, type Spoilt } from './evidence.fixtures.js';
import { INVARIANTS, violationsOf, type CheckedName } from './invariants.js';

/** A history with a defect, and the invariant that must report it. */
type Planted = [what: string, plant: (evidence: Spoilt) => void];

const PLANTED: Record<CheckedName, Planted[]> = {
  I1: [
    ['an answered version is not on the topic', ({ topics }) => topics.contacts.splice(1)],
    ['an answered login version is not on the topic', ({ topics }) => topics.logins.splice(0)],
    [
      'a version differs between its event and its answer',
      ({ operations }) => (operations[1]!.contact = { id: '1', version: 2, first_name: 'Anna' }),
    ],
    [
      'a password was answered, and the login version on the topic is of another request',
      ({ topics }) => (topics.logins[0] = loginRecord(0, 1, { correlation: 'r2' })),
    ],
    ['an answered deletion has no event', ({ operations }) => operations.push(operation('r9', { kind: 'delete' }))],
    ['a stored version is not on the topic', ({ gateway }) => Object.assign(gateway.contacts[0]!, { version: 3 })],
    ['a stored login version is not on the topic', ({ gateway }) => Object.assign(gateway.contacts[0]!, { loginVersion: 2 })],
  ],
  I2: [
    ['an event belongs to a refused request', ({ topics }) => topics.contacts.push(contactRecord(2, 2, 'r3'))],
    ['an event belongs to no request', ({ topics }) => topics.logins.push(loginRecord(1, 1, { correlation: 'unheard' }))],
    ['an event has a version that is not stored', ({ gateway }) => Object.assign(gateway.contacts[0]!, { version: 1 })],
  ],
  I3: [
    ['a version is missing', ({ topics }) => topics.contacts.splice(0, 1)],
    [
      'a version comes before the one below it',
      ({ topics }) => topics.contacts.splice(0, 2, contactRecord(0, 2, 'r2'), contactRecord(1, 1, 'r1')),
    ],
    [
      'the records of a key are in two partitions',
      ({ topics }) => Object.assign(topics.contacts[1]!, { partition: 2, offset: 9 }),
    ],
    ['a tombstone comes before its removal', ({ topics }) => topics.logins.push(tombstone(1, 2))],
    [
      'the time goes back from one version to the next',
      ({ topics }) => Object.assign(topics.contacts[1]!.headers, { ce_time: '2025-01-01T00:00:00.000Z' }),
    ],
  ],
  I4: [
    ['a repetition has other bytes', ({ topics }) => topics.contacts.push({ ...contactRecord(2, 2, 'r2'), value: '{}' })],
    [
      'a version comes under a second id',
      ({ topics }) => {
        const { headers, ...record } = contactRecord(2, 2, 'r2');
        topics.contacts.push({ ...record, headers: { ...headers, ce_id: 'another' } });
      },
    ],
  ],
  I5: [
    ['the auth app lacks a login', (evidence) => (evidence.auth = { logins: [] })],
    ['the auth app has a removed login', ({ gateway }) => gateway.logins.splice(0)],
    ['a login is displaced', ({ auth }) => Object.assign(auth.logins[0]!, { email: null, emailKey: null })],
    ['a login is behind', ({ auth }) => Object.assign(auth.logins[0]!, { version: 0 })],
    ['a login has another email', ({ auth }) => Object.assign(auth.logins[0]!, { email: 'other@x.example' })],
    ['a login has another credential', ({ auth }) => Object.assign(auth.logins[0]!, { credential: 'sealed0' })],
    ['an event is in the dead letters', (evidence) => (evidence.deadLetters = { found: ['1'], expected: [] })],
  ],
  I6: [
    [
      'an email is claimed while another login holds it',
      ({ topics }) => topics.logins.push(loginRecord(5, 1, { key: 2, email: 'LOGIN1@x.example' })),
    ],
    ['two logins of a database have one email', ({ gateway }) => gateway.logins.push({ ...gateway.logins[0]!, contactId: 2 })],
    [
      'two rivals for one email won',
      ({ operations }) => operations.push(operation('r8', { race: 'x' }), operation('r9', { race: 'x' })),
    ],
    ['none of the rivals won', ({ operations }) => operations.push(operation('r8', { race: 'x', outcome: 'fail' }))],
  ],
  I7: [['a password stands in a log', (evidence) => (evidence.secrets = [{ place: 'gateway-1.log', secret: 'password' }])]],
  I8: [
    ['it never recovered', ({ recovery }) => Object.assign(recovery, { ms: null })],
    ['it took longer than half a minute', ({ recovery }) => Object.assign(recovery, { ms: 30_001 })],
    ['health did not report the expected status', ({ recovery }) => Object.assign(recovery.healthChecks[0]!, { seen: 'ok' })],
    ['a process ended by itself', ({ recovery }) => Object.assign(recovery, { ended: ['auth-1'] })],
    ['it did not come to rest', ({ recovery }) => Object.assign(recovery, { pendingWork: ['3 events wait in the outbox'] })],
  ],
  I9: [['an older version was written last', ({ topics }) => topics.logins.push(loginRecord(1, 2), loginRecord(2, 1))]],
  I10: [
    ['a 500 was answered', answered({ status: 500 })],
    ['a 503 has no Retry-After', answered({ status: 503 })],
    ['a 503 took longer than promised', answered({ status: 503, retryAfter: '1', ms: 6_000 })],
    ['an answer never came', answered({ hung: true })],
  ],
  I11: [
    [
      'a repeated request happened twice',
      ({ operations, topics }) => {
        operations[1] = { ...operations[1]!, key: 'k2', attempts: [attempt('r2', 'info'), attempt('r4', 'ok')] };
        topics.contacts.push(contactRecord(2, 3, 'r4'));
      },
    ],
    [
      'a repeated creation made two contacts',
      ({ operations, topics }) => {
        operations[0]!.attempts.push(attempt('r5', 'ok'));
        topics.contacts.push(contactRecord(0, 1, 'r5', 2, 'ContactCreated'));
      },
    ],
  ],
  I12: [
    [
      'a record is sent in each pass',
      ({ topics }) => {
        for (let copy = 0; copy < 20; copy++) topics.contacts.push(contactRecord(10 + copy, 2, 'r2'));
      },
    ],
  ],
};

function answered(more: Parameters<typeof attempt>[2]): (evidence: Spoilt) => void {
  return ({ operations }) => operations.push(operation('r7', { outcome: 'info', attempts: [attempt('r7', 'info', more)] }));
}

describe('the invariants on a correct history', () => {
  it('when it has no defect / report no violation', () => {
    expect(violationsOf(soundEvidence())).toEqual([]);
  });

  it('when it has unknown outcomes, repetitions, or a login removed and created again / report no violation', () => {
    const evidence = soundEvidence();
    evidence.operations.push(
      operation('r4', { outcome: 'info' }),
      operation('r5', { race: 'x', contact: { id: '1', version: 2 } }),
      operation('r6', { race: 'x', outcome: 'fail' }),
    );
    evidence.topics.contacts.push(contactRecord(2, 1, 'r1', 1, 'ContactCreated'), contactRecord(3, 2, 'r2'));
    const removal = [loginRecord(1, 2, { email: null, correlation: 'r4' }), tombstone(2, 2)];
    const again = loginRecord(5, 3, { correlation: 'r4' });
    evidence.topics.logins.push(...removal, ...removal.map((record, at) => ({ ...record, offset: 3 + at })), again);
    Object.assign(evidence.gateway.contacts[0]!, { loginVersion: 3 });
    Object.assign(evidence.gateway.logins[0]!, { credential: 'sealed3' });
    Object.assign(evidence.auth.logins[0]!, { credential: 'sealed3', version: 3 });
    expect(violationsOf(evidence)).toEqual([]);
  });
});

describe.each(Object.entries(PLANTED) as [CheckedName, Planted[]][])('the invariant %s', (name, planted) => {
  it.each(planted)('when %s / reports a violation', (_, plant) => {
    const evidence = soundEvidence();
    plant(evidence);
    expect(INVARIANTS[name](evidence)).not.toEqual([]);
    expect(INVARIANTS[name](soundEvidence())).toEqual([]);
  });
});
