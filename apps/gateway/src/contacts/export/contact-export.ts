import { CONTACT_FIELDS, type ContactSnapshot } from '#app/contracts';
import type { ExportSource } from '../../exports/exporter.js';
import { snapshotOf } from '../contact.snapshot.js';
import { readManyContacts } from '../contact.store.js';
import { contactSource } from '../list/contact-list.fields.js';

const PARTS: ReadonlySet<string> = new Set(['company', 'companies', 'tags']);
const scalars = CONTACT_FIELDS.filter((name) => !PARTS.has(name));

export const contactExport: ExportSource<ContactSnapshot> = {
  name: 'contacts',
  from: contactSource,
  load: async (transaction, ids) => {
    const contacts = new Map((await readManyContacts(transaction, ids)).map((contact) => [contact.id, contact]));
    return ids.map((id) => snapshotOf(contacts.get(id)!, contacts.get(id)!));
  },
  columns: [
    ...scalars.map((name) => [name, (contact: ContactSnapshot) => contact[name] as string | number | boolean | null] as const),
    ['company.name', ({ company }) => company?.name],
    ['tags', ({ tags }) => tags.map(({ name }) => name).join(',')],
  ],
};
