import { describe, expect, it } from '@jest/globals';
import { aCompanyCreated, aCompanyDeleted, aCompanyUpdated } from './company.builders.js';
import { aContactCreated, aContactDeleted, aContactUpdated } from './contact.builders.js';
import { aPortalLoginChanged, aPortalLoginRemoved, aTombstone } from './portal-login.builders.js';
import { replayEvents } from './replay-events.js';
import { companyAt, contactAt, loginAt, UnknownVersion } from './state-at.js';
import { VirtualTime } from './virtual-time.js';

const HOUR = 3_600_000;
const at = (hours: number): string => new Date(Date.UTC(2026, 0, 1) + hours * HOUR).toISOString();

describe('virtual time', () => {
  it('when it moves / timers run in the order of their times, at their times, and cancelled ones do not', async () => {
    const time = new VirtualTime(1_000);
    const said: [string, number][] = [];
    const say = (word: string) => () => void said.push([word, time.now()]);
    time.after(30, say('late'));
    time.after(10, () => time.after(5, say('nested')));
    time.after(20, say('cancelled'))();
    time.after(99, say('too late'));
    await time.advanceBy(40);
    expect([said, time.now()]).toEqual([
      [
        ['nested', 1_015],
        ['late', 1_030],
      ],
      1_040,
    ]);
    await time.advanceTo(0);
    expect(time.date()).toEqual(new Date(1_040));
  });
});

describe('events that are replayed to a handler', () => {
  const ann = aContactCreated({ email: 'ann@x.io' }, { time: at(0) });
  const moved = aContactUpdated({ email: 'ann@y.io' }, { after: ann, time: at(5) });
  const login = aPortalLoginChanged({ contact_id: ann.data.contact_id }, { time: at(6) });
  const removed = aPortalLoginRemoved({ after: login, time: at(30) });

  it('when the handler sets timers / they run between the events, at their times', async () => {
    const said: string[] = [];
    const time = await replayEvents([ann, moved, login, removed, aTombstone(removed)], (event, { time }) => {
      said.push(`${event.name} ${time.date().toISOString()}`);
      if (event.name === 'ContactUpdated') time.after(24 * HOUR, () => said.push(`a day later ${time.date().toISOString()}`));
    });
    expect(said).toEqual([
      `ContactCreated ${at(0)}`,
      `ContactUpdated ${at(5)}`,
      `PortalLoginChanged ${at(6)}`,
      `a day later ${at(29)}`,
      `PortalLoginChanged ${at(30)}`,
    ]);
    expect(time.date().toISOString()).toBe(at(30));
  });

  it('when tombstones are taken / come with the version of their removal', async () => {
    const versions: number[] = [];
    await replayEvents([removed, aTombstone(removed)], () => undefined, { tombstone: ({ version }) => versions.push(version) });
    expect(versions).toEqual([2]);
  });

  it('when the handler throws / so does the replay', async () => {
    const failing = () => Promise.reject(new Error('No room.'));
    await expect(replayEvents([ann], failing)).rejects.toThrow('No room.');
  });
});

describe('the state at a version', () => {
  const ann = aContactCreated({ email: 'ann@x.io' });
  const moved = aContactUpdated({ email: 'ann@y.io' }, { after: ann });
  const login = aPortalLoginChanged({ contact_id: ann.data.contact_id, email: 'ann@x.io' });
  const acme = aCompanyCreated({ name: 'Acme' });
  const renamed = aCompanyUpdated({ name: 'Zenith' }, { after: acme });
  const history = [ann, login, moved, aContactDeleted({ after: moved }), aPortalLoginRemoved({ after: login })];
  const companies = [acme, renamed, aCompanyDeleted({ after: renamed })];
  const id = ann.data.contact_id;

  it('when the history holds it / is the whole contact, login or company, and null after a deletion', () => {
    expect([1, 2, 3].map((version) => contactAt(history, id, version)?.email)).toEqual(['ann@x.io', 'ann@y.io', undefined]);
    expect([loginAt(history, id, 1)?.email, loginAt(history, id, 2)]).toEqual(['ann@x.io', null]);
    expect([1, 2, 3].map((version) => companyAt(companies, acme.data.company_id, version)?.name)).toEqual([
      'Acme',
      'Zenith',
      undefined,
    ]);
  });

  it('when the history lacks it / throws, and names what it holds', () => {
    expect(() => contactAt(history, id, 4)).toThrow(UnknownVersion);
    expect(() => contactAt(history, id, 4)).toThrow(`contacts/${id} has no version 4 in this history: it holds 1 to 3.`);
    expect(() => companyAt(history, 5, 1)).toThrow('it holds none.');
  });
});
