import { describe, expect, it } from '@jest/globals';
import { loginEmailKey } from '#app/contracts';
import { GATEWAY_DUMP, pseudonymised } from './dump-tables.js';
import { unknownColumns } from './dumped-lines.js';
import { KeyedPseudonyms } from './keyed-pseudonyms.js';

const pseudonyms = new KeyedPseudonyms(Buffer.alloc(32, 7));
const contact = GATEWAY_DUMP.tables.find(({ table }) => table === 'contact')!;
const columnsOf = (table: string, columns: readonly string[]) => columns.map((column) => ({ table, column }));

describe('a dump without personal data', () => {
  it('when a row has values / what identifies somebody is replaced, nothing stays nothing, and the rest stays', () => {
    const row = { id: 7, version: 3, first_name: 'Ann', last_name: null, email: 'Ann@acme.example', phone_1: '+49 30 1234' };
    const written = pseudonymised(contact, row, pseudonyms);
    expect(written).toMatchObject({ id: 7, version: 3, last_name: null });
    expect(written['first_name']).toMatch(/^first_name [0-9a-f]{20}$/);
    expect(written['phone_1']).toMatch(/^\+1 555 \d{10}$/);
    expect(JSON.stringify(written)).not.toMatch(/Ann|acme|1234/);
  });

  it('when an email is written in two ways / both are ways of writing one other email, and its key is theirs', () => {
    const [lower, upper] = ['ann@acme.example', 'ANN@acme.example'].map((email) => pseudonyms.email(email));
    expect(lower).not.toBe(upper);
    expect(loginEmailKey(upper!)).toBe(loginEmailKey(lower!));
    expect(pseudonyms.email(loginEmailKey('ANN@acme.example'))).toBe(loginEmailKey(upper!));
    expect(pseudonyms.email('bob@acme.example')).not.toBe(lower);
  });

  it('when it is made again / other pseudonyms stand in it', () => {
    expect(new KeyedPseudonyms().email('ann@acme.example')).not.toBe(pseudonyms.email('ann@acme.example'));
  });

  it('when a table or a column is new / it is found', () => {
    const found = unknownColumns(GATEWAY_DUMP, [
      ...columnsOf('contact', ['id', 'email', 'planted']),
      ...columnsOf('note', ['text']),
      ...columnsOf('outbox', ['payload']),
    ]);
    expect(found).toEqual(['contact.planted', 'note.text']);
  });
});
