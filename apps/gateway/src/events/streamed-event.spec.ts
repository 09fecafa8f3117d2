import { describe, expect, it } from '@jest/globals';
import { EVENTS, type ContactSyncEvent } from '#app/contracts';
import { streamedEvent } from './streamed-event.js';

const attributes = {
  id: '0197',
  time: '2026-01-02T03:04:05.678Z',
  correlationId: 'request-1',
  actor: '42',
  traceparent: '00-secret',
};
const login = {
  ...attributes,
  name: 'PortalLoginChanged',
  data: {
    contact_id: 7,
    version: 3,
    position: 4711,
    changes: ['email'],
    email: 'new@x.io',
    previous_email: 'line\nbreak',
    credential: 'eyJsealed',
  },
} as ContactSyncEvent<'PortalLoginChanged'>;
const dataOf = (event: ContactSyncEvent) => JSON.parse(/^data: (.*)$/m.exec(streamedEvent(event).lines)![1]!);

describe('a streamed event of a login', () => {
  it('when it is made / has its envelope, and no credential, actor and trace', () => {
    const { contact_id, version, position, changes, email, previous_email } = login.data;
    expect(dataOf(login)).toEqual({
      id: '0197',
      type: 'PortalLoginChanged',
      time: '2026-01-02T03:04:05.678Z',
      subject: 'contacts/7',
      version: 3,
      correlation_id: 'request-1',
      data: { contact_id, version, position, changes, email, previous_email },
    });
  });

  it('when its values have line breaks / is one line of data', () => {
    expect(streamedEvent(login).lines.split('\n')).toHaveLength(3);
    expect(streamedEvent(login).lines).toMatch(/^event: PortalLoginChanged\ndata: /);
  });
});

describe('when an event has fields that this version does not know', () => {
  it('and it is streamed / has none of them, at the top, in the contact and in its former values', () => {
    const parts = { contact: { id: '7', secret: 'x' }, before: { email: null, secret: 'x' }, changed: ['email'] };
    const data = { contact_id: 7, version: 2, secret: 'x', ...parts };
    const event = { ...attributes, name: 'ContactUpdated', data } as unknown as ContactSyncEvent;
    expect(dataOf(event).data).toEqual({
      contact_id: 7,
      version: 2,
      changed: ['email'],
      contact: { id: '7' },
      before: { email: null },
    });
  });
});

describe('every field of a contract schema', () => {
  it.each(Object.keys(EVENTS) as (keyof typeof EVENTS)[])('of %s is streamed, except the credential', (name) => {
    const fields = Object.keys((EVENTS[name].schema as unknown as { properties: object }).properties);
    const data = Object.fromEntries(fields.map((field) => [field, {}]));
    const shown = dataOf({ ...attributes, name, data } as unknown as ContactSyncEvent);
    expect(Object.keys(shown.data).sort()).toEqual(fields.filter((field) => field !== 'credential').sort());
  });
});
