import { describe, expect, it } from '@jest/globals';
import { isOfSubject } from './event-filter.js';

const record = (topic: string, key: string) => ({ topic: `contact-sync.${topic}`, key: Buffer.from(key) });
const records = ['contacts.v1', 'portal-logins.v1', 'companies.v1'].flatMap((topic) => [record(topic, '1'), record(topic, '2')]);
const namesOf = (filter: Parameters<typeof isOfSubject>[0]) =>
  records.filter(isOfSubject(filter)).map(({ topic, key }) => `${topic.split('.')[1]} ${key.toString()}`);

describe('a filter of records', () => {
  it('without an id takes all', () => expect(namesOf({})).toHaveLength(6));

  it('by a contact takes its records and its login, and no company of the same id', () =>
    expect(namesOf({ contact: [1] })).toEqual(['contacts 1', 'portal-logins 1']));

  it('by a company takes that company alone', () => expect(namesOf({ company: [1] })).toEqual(['companies 1']));

  it('by both takes either', () =>
    expect(namesOf({ contact: [1], company: [2] })).toEqual(['contacts 1', 'portal-logins 1', 'companies 2']));
});
