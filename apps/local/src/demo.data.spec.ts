import { expect, it } from '@jest/globals';
import { DEMO, SHOWN_LOGIN } from './demo.data.js';

const contacts = DEMO.flatMap((company) => company.contacts);

it('when the demo is made / it has 3 companies, 12 contacts, 4 logins, and tags', () => {
  expect(DEMO).toHaveLength(3);
  expect(contacts).toHaveLength(12);
  expect(contacts.filter(({ password }) => password !== undefined)).toHaveLength(4);
  expect(contacts.some(({ tags }) => tags && tags.length > 0)).toBe(true);
});

it('when the demo is made / no two contacts share an email, and no company has two primary contacts', () => {
  expect(new Set([...contacts.map(({ email }) => email), SHOWN_LOGIN.emails[1]]).size).toBe(13);
  for (const company of DEMO) expect(company.contacts.filter((contact) => contact.is_primary).length).toBeLessThanOrEqual(1);
});

it('when the demo is made / all emails are of a reserved domain', () => {
  for (const { email } of contacts) expect(email).toMatch(/\.example$/);
});
