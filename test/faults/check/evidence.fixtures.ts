import type { Attempt, Operation, Outcome } from '../load/history.js';
import type { Evidence, StoredContact, StoredLogin, TopicRecord } from './evidence.js';

/** Evidence that a test may change: it shares nothing. */
export type Spoilt = {
  -readonly [Part in keyof Evidence]: Evidence[Part];
} & {
  operations: Operation[];
  topics: { contacts: TopicRecord[]; logins: TopicRecord[] };
  gateway: { contacts: StoredContact[]; logins: StoredLogin[] };
};

export const attempt = (requestId: string, outcome: Outcome, more: Partial<Attempt> = {}): Attempt => ({
  requestId,
  gateway: 'gateway-1',
  at: 0,
  ms: 5,
  status: outcome === 'ok' ? 200 : null,
  outcome,
  retryAfter: null,
  replayed: false,
  hung: false,
  ...more,
});

export const operation = (requestId: string, more: Partial<Operation>): Operation => ({
  kind: 'update',
  contactId: 1,
  method: 'POST',
  path: '/contacts/1',
  body: {},
  key: undefined,
  attempts: [attempt(requestId, more.outcome ?? 'ok')],
  outcome: 'ok',
  contact: undefined,
  loginVersion: undefined,
  ...more,
});

const headers = (id: string, type: string, version: number, correlation: string): Record<string, string> => ({
  ce_id: id,
  ce_type: `contact-sync.${type}.v1`,
  ce_time: `2026-01-01T00:00:0${version}.000Z`,
  ce_sequence: String(version).padStart(20, '0'),
  ce_correlationid: correlation,
});

export const contactRecord = (
  offset: number,
  version: number,
  correlation: string,
  key = 1,
  type = 'ContactUpdated',
): TopicRecord => ({
  partition: key % 3,
  offset,
  key: String(key),
  headers: headers(`c${key}.${version}`, type, version, correlation),
  value: JSON.stringify({ contact_id: key, version, contact: { id: String(key), version } }),
});

export const loginRecord = (
  offset: number,
  version: number,
  { key = 1, position = offset, email = `login${key}@x.example` as string | null, correlation = 'r1' } = {},
): TopicRecord => ({
  partition: key % 3,
  offset,
  key: String(key),
  headers: headers(`l${key}.${version}`, 'PortalLoginChanged', version, correlation),
  value: JSON.stringify({ contact_id: key, version, position, email, credential: email && `sealed${version}` }),
});

export const tombstone = (offset: number, version: number, key = 1): TopicRecord => ({
  partition: key % 3,
  offset,
  key: String(key),
  value: null,
  headers: headers(`t${key}.${version}`, 'PortalLoginChanged', version, 'r1'),
});

/** A contact that was made with a login and then changed, without a defect. */
export function soundEvidence(): Spoilt {
  const login = { contactId: 1, email: 'login1@x.example', emailKey: 'login1@x.example', credential: 'sealed1' };
  return {
    operations: [
      operation('r1', {
        kind: 'create',
        body: { password: 'secret' },
        key: 'k1',
        contact: { id: '1', version: 1 },
        loginVersion: 1,
      }),
      operation('r2', { contact: { id: '1', version: 2 }, loginVersion: 1 }),
      operation('r3', { outcome: 'fail' }),
    ],
    topics: {
      contacts: [contactRecord(0, 1, 'r1', 1, 'ContactCreated'), contactRecord(1, 2, 'r2')],
      logins: [loginRecord(0, 1)],
    },
    deadLetters: { found: [], expected: [] },
    gateway: { contacts: [{ id: 1, version: 2, loginVersion: 1 }], logins: [login] },
    auth: { logins: [{ ...login, version: 1, removed: false }] },
    recovery: {
      ms: 900,
      healthChecks: [{ app: 'gateway-1', wanted: ['degraded'], seen: 'degraded' }],
      ended: [],
      pendingWork: [],
    },
    secrets: [],
  };
}
