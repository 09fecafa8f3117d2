import { byKey, dataOf, type Evidence, type StoredLogin, type TopicRecord, type Violation } from './evidence.js';

/** A 503 must come within 2 s; a busy machine needs more. */
const SLOWEST_REFUSAL_MS = 5_000;
const RECOVERY_MS = 30_000;

/** I5: at rest the auth app has the gateway's logins, and no login has lost its email. */
export function bothAppsAreEqual({ gateway, auth, deadLetters }: Evidence): Violation[] {
  const versions = new Map(gateway.contacts.map(({ id, loginVersion }) => [id, loginVersion]));
  const held = new Map(auth.logins.filter(({ removed }) => !removed).map((login) => [login.contactId, login]));
  const wanted = new Map(gateway.logins.map((login) => [login.contactId, login]));
  const tell = (contactId: number, message: string): Violation => ({ invariant: 'I5', contactId, message });
  const expected = new Set(deadLetters.expected);
  return [
    ...[...wanted.values()].flatMap((login) =>
      differences(login, held.get(login.contactId), versions).map((each) => tell(login.contactId, each)),
    ),
    ...[...held.keys()]
      .filter((id) => !wanted.has(id))
      .map((id) => tell(id, 'The auth app holds a login that the gateway has not.')),
    ...deadLetters.found.filter((key) => !expected.has(key)).map((key) => tell(Number(key), 'An event is in the dead letters.')),
  ];
}

function differences(login: StoredLogin, held: StoredLogin | undefined, versions: ReadonlyMap<number, number>): string[] {
  if (!held) return ['The auth app has no such login.'];
  if (held.emailKey === null) return ['The auth app has displaced it.'];
  const version = versions.get(login.contactId);
  return [
    ...(held.version === version ? [] : [`The auth app is at login version ${held.version}, the gateway at ${version}.`]),
    ...(held.email === login.email && held.emailKey === login.emailKey ? [] : ['The apps hold different emails.']),
    ...(held.credential === login.credential ? [] : ['The apps hold different credentials.']),
  ];
}

/** I6: an email has one login at every position, and of requests that race for one email at most one is done. */
export function oneLoginPerEmail({ operations, topics, gateway, auth }: Evidence): Violation[] {
  return [
    ...claimsByPosition(topics.logins),
    ...[gateway.logins, auth.logins].flatMap(sharedEmails),
    ...[...Map.groupBy(operations, ({ race }) => race)].flatMap(([race, rivals]): Violation[] => {
      const won = rivals.filter(({ outcome }) => outcome === 'ok').length;
      const unknown = rivals.filter(({ outcome }) => outcome === 'info').length;
      const isDecided = won === 1 || (won === 0 && unknown > 0);
      return race === undefined || isDecided
        ? []
        : [{ invariant: 'I6', message: `Of ${rivals.length} rivals for one email ${won} won.` }];
    }),
  ];
}

/** Goes through all claims in the order of their positions: an email must be free before the next claim on it. */
function claimsByPosition(records: readonly TopicRecord[]): Violation[] {
  const events = [...byKey(records).values()].flatMap((ofKey) => {
    const versions = new Map(
      ofKey.filter(({ value }) => value !== null).map((record) => [dataOf(record).version, dataOf(record)]),
    );
    return [...versions.values()];
  });
  const holderOf = new Map<string, number>();
  const emailOf = new Map<number, string>();
  return events
    .sort((a, b) => a.position! - b.position!)
    .flatMap(({ contact_id: contactId, email, position }): Violation[] => {
      const former = emailOf.get(contactId);
      if (former !== undefined && holderOf.get(former) === contactId) holderOf.delete(former);
      emailOf.delete(contactId);
      if (email === null || email === undefined) return [];
      const name = email.toLowerCase();
      const holder = holderOf.get(name);
      holderOf.set(name, contactId);
      emailOf.set(contactId, name);
      if (holder === undefined) return [];
      return [
        {
          invariant: 'I6',
          contactId,
          message: `At position ${position} it claims the email that contact ${holder} still holds.`,
        },
      ];
    });
}

const sharedEmails = (logins: readonly StoredLogin[]): Violation[] =>
  [...Map.groupBy(logins, ({ emailKey }) => emailKey)].flatMap(([emailKey, holders]): Violation[] =>
    emailKey === null || holders.length === 1
      ? []
      : [{ invariant: 'I6', contactId: holders[0]!.contactId, message: `${holders.length} logins have one email.` }],
  );

/** I7: no password and no plain hash is in any log, topic or table. */
export function noSecretIsOut({ secrets }: Evidence): Violation[] {
  return secrets.map(({ place, secret }) => ({ invariant: 'I7', message: `A ${secret} is in ${place}.` }));
}

/** I8: the system recovers in time without help, and health reports the expected status during the fault. */
export function recoversAlone({ recovery }: Evidence): Violation[] {
  const { ms, healthChecks, ended, pendingWork } = recovery;
  const tell = (message: string): Violation => ({ invariant: 'I8', message });
  return [
    ...(ms !== null && ms <= RECOVERY_MS ? [] : [tell(`It was not well within ${RECOVERY_MS / 1_000} s.`)]),
    ...healthChecks
      .filter(({ wanted, seen }) => !wanted.includes(seen))
      .map(({ app, wanted, seen }) => tell(`${app} said ${seen}, not ${wanted.join(' or ')}.`)),
    ...ended.map((app) => tell(`${app} ended by itself.`)),
    ...pendingWork.map((each) => tell(`It did not come to rest: ${each}.`)),
  ];
}

/** I10: no answer is 5xx except 503 with `Retry-After`, and every request gets an answer. */
export function failuresAreTold({ operations }: Evidence): Violation[] {
  return operations.flatMap(({ contactId, method, attempts }) =>
    attempts.flatMap(({ status, retryAfter, hung, ms, gateway, reason, at }): Violation[] => {
      const tell = (message: string): Violation[] => [
        {
          invariant: 'I10',
          message: `${method} to ${gateway} at ${new Date(at).toISOString()}: ${message}`,
          ...(contactId === null ? {} : { contactId }),
        },
      ];
      if (hung) return tell('No answer came.');
      if (status === null || status < 500) return [];
      if (status !== 503) return tell(`${status} ${reason ?? ''}`);
      if (retryAfter === null || !(Number(retryAfter) > 0)) return tell('503 without Retry-After.');
      return ms > SLOWEST_REFUSAL_MS ? tell(`503 after ${Math.round(ms)} ms.`) : [];
    }),
  );
}
