import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { unclearInEmail } from '#app/contracts';
import { emailRule } from '../apps/gateway/src/wire/rules.js';

const ROW = /^\| `(.+?)` \| (taken|refused) \| .+ \|$/gm;
const rows = [...readFileSync('docs/emails.md', 'utf8').matchAll(ROW)].map(([, email, outcome]) => [email!, outcome!] as const);

describe('an email in the table of docs/emails.md', () => {
  it.each(rows)('%s / is %s', (written, outcome) => {
    const email = JSON.parse(`"${written}"`) as string;
    const isTaken = emailRule(email, {}) === null && unclearInEmail(email) === undefined;
    expect(isTaken ? 'taken' : 'refused').toBe(outcome);
  });

  it('when the rows are counted / each is read', () => {
    expect(rows).toHaveLength(20);
  });
});
