import { describe, expect, it } from '@jest/globals';
import { EVENT_EXAMPLES } from './event.examples.js';
import { matchEvent } from './match-event.js';
import type { ContactSyncEvent, EventName } from './events.js';

const describeEvent = (event: ContactSyncEvent): string =>
  matchEvent(event, {
    ContactCreated: ({ data }) => `created ${data.contact.id}`,
    ContactUpdated: ({ data }) => `updated ${Object.keys(data.before).join()}`,
    ContactDeleted: ({ data }) => `deleted ${data.company_ids.join()}`,
    CompanyCreated: ({ data }) => `company ${data.company.id}`,
    CompanyUpdated: ({ data }) => `company has another ${data.changed.join()}`,
    CompanyDeleted: ({ data }) => `no company ${data.company_id}`,
    PortalLoginChanged: ({ data }) => `login ${data.position}`,
  });

describe('matchEvent', () => {
  it.each<[EventName, string]>([
    ['ContactCreated', 'created 123'],
    ['ContactUpdated', 'updated email,has_portal_login'],
    ['ContactDeleted', 'deleted 123456'],
    ['CompanyCreated', 'company 456'],
    ['CompanyUpdated', 'company has another name'],
    ['CompanyDeleted', 'no company 456'],
    ['PortalLoginChanged', 'login 4711'],
  ])('when an event is %s / gives it to its own case', (name, said) => {
    expect(describeEvent(EVENT_EXAMPLES[name])).toBe(said);
  });

  // Judged by `npm run types`: a directive without an error below it is an error.
  it('when a case is missing / does not compile', () => {
    const event = EVENT_EXAMPLES.ContactCreated as ContactSyncEvent;
    const nothing = () => undefined;
    // @ts-expect-error PortalLoginChanged is left out.
    matchEvent(event, { ContactCreated: nothing, ContactUpdated: nothing, ContactDeleted: nothing });
    // @ts-expect-error A deletion has no contact.
    const leftOver = (deleted: ContactSyncEvent<'ContactDeleted'>) => deleted.data.contact as unknown;
    expect(leftOver(EVENT_EXAMPLES.ContactDeleted)).toBeUndefined();
  });

  it('when a narrower type rules a case out / does not require it', () => {
    const event = EVENT_EXAMPLES.ContactDeleted as ContactSyncEvent<'ContactCreated' | 'ContactDeleted'>;
    expect(matchEvent(event, { ContactCreated: () => 1, ContactDeleted: ({ data }) => data.version })).toBe(8);
  });
});
