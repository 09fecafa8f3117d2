import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from '#app/contracts';
import { aContactCreated, aContactUpdated } from '#app/contracts/testing';

interface CopyModule {
  curlOf: (info: { gatewayUrl: string }, record: { name: string; data: unknown; contact_id: number }) => string;
}
const FILE = './copy.mjs';
const { curlOf } = (await import(FILE)) as CopyModule;

const curlOfContact = (data: unknown) =>
  curlOf({ gatewayUrl: 'http://gateway' }, { name: 'ContactUpdated', data, contact_id: 7 });
const bodyOf = (curl: string): unknown => JSON.parse(/-d '(.*)'/.exec(curl)?.[1] ?? 'null');

describe('a record copied as curl', () => {
  it('when fields, companies and tags have changed / the request sets them, and nothing derived', () => {
    const after = aContactCreated({ first_name: 'Ann' });
    const changes = { first_name: 'Bea', phone_1: '1', companies: [{ id: 5, is_primary: true }], tags: [{ name: 'vip' }] };
    expect(bodyOf(curlOfContact(aContactUpdated(changes, { after }).data))).toEqual({
      first_name: 'Bea',
      phone_1: '1',
      is_primary: true,
      company_ids: [5],
      tags: ['vip'],
    });
  });

  it('when a further company is added / the request sets all of them', () => {
    const after = aContactCreated({ companies: [{ id: 4 }] });
    const { data } = aContactUpdated({ phone_1: '1', companies: [{ id: 4 }, { id: 5 }] }, { after });
    expect(bodyOf(curlOfContact(data))).toEqual({ phone_1: '1', company_ids: [4, 5] });
  });

  it('when a flag of a company alone has changed / the request leaves the companies as they are', () => {
    const after = aContactCreated({ companies: [{ id: 4 }] });
    const { data } = aContactUpdated({ companies: [{ id: 4, is_primary: true }] }, { after });
    expect(bodyOf(curlOfContact(data))).toEqual({ is_primary: true });
  });

  it('when a field is new / the request sets it', () => {
    const { data } = EVENT_EXAMPLES.ContactUpdated;
    const grown = { ...data, changed: ['note'], before: { note: null }, contact: { ...data.contact, note: 'new' } };
    expect(bodyOf(curlOfContact(grown))).toEqual({ note: 'new' });
  });

  it('when only its login has changed / the request reads the contact', () => {
    const { data } = EVENT_EXAMPLES.ContactUpdated;
    expect(curlOfContact({ ...data, changed: ['has_portal_login'] })).toBe(
      `curl -s 'http://gateway/contacts/7' -H "Authorization: Bearer $API_TOKEN"`,
    );
  });
});
