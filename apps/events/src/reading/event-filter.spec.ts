import { describe, expect, it } from '@jest/globals';
import { login, shown, tombstone } from '../events.fixtures.js';
import { isOfSubject, isOfType, type EventType } from './event-filter.js';

const record = (topic: string, key: string) => ({ topic: `contact-sync.${topic}`, key: Buffer.from(key) });
const records = ['contacts.v1', 'portal-logins.v1', 'companies.v1'].flatMap((topic) => [record(topic, '1'), record(topic, '2')]);
const namesOf = (filter: Parameters<typeof isOfSubject>[0]) =>
  records.filter(isOfSubject(filter)).map(({ topic, key }) => `${topic.split('.')[1]} ${key.toString()}`);

describe('a filter of records', () => {
  it('when no id is given / all records pass', () => expect(namesOf({})).toHaveLength(6));

  it('when a contact is given / its records and its login pass, and no company of the same id', () =>
    expect(namesOf({ contact: [1] })).toEqual(['contacts 1', 'portal-logins 1']));

  it('when a company is given / only that company passes', () => expect(namesOf({ company: [1] })).toEqual(['companies 1']));

  it('when both are given / either passes', () =>
    expect(namesOf({ contact: [1], company: [2] })).toEqual(['contacts 1', 'portal-logins 1', 'companies 2']));

  it.each<[EventType[] | undefined, string[]]>([
    [undefined, ['event', 'tombstone']],
    [['PortalLoginChanged'], ['event']],
    [['tombstone'], ['tombstone']],
    [['ContactUpdated', 'tombstone'], ['tombstone']],
    [['ContactUpdated'], []],
  ])('when the types %j are given / of a login and its tombstone pass %j', (type, kinds) =>
    expect(
      shown(login(1), tombstone(2))
        .filter(isOfType({ type }))
        .map(({ kind }) => kind),
    ).toEqual(kinds),
  );
});
