import { expect, it } from '@jest/globals';
import { DEMO, SHOWN_LOGIN } from './demo.data.js';

const contacts = DEMO.flatMap((company) => company.contacts);

it('the demo has 3 companies, 12 contacts, 4 logins, and tags', () => {
  expect(DEMO).toHaveLength(3);
  expect(contacts).toHaveLength(12);
  expect(contacts.filter(({ password }) => password !== undefined)).toHaveLength(4);
  expect(contacts.some(({ tags }) => tags && tags.length > 0)).toBe(true);
});

it('no two contacts have one email, and no company has two primary contacts', () => {
  expect(new Set([...contacts.map(({ email }) => email), SHOWN_LOGIN.emails[1]]).size).toBe(13);
  for (const company of DEMO) expect(company.contacts.filter((contact) => contact.is_primary).length).toBeLessThanOrEqual(1);
});

it('the emails can be nobody’s', () => {
  for (const { email } of contacts) expect(email).toMatch(/\.example$/);
});
