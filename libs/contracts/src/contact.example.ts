import type { ContactSnapshot } from './contact.schema.js';

const flags = {
  is_primary: true,
  receive_quotation_pdf: false,
  receive_purchase_order_pdf: true,
  receive_purchase_order_invoice_pdf: false,
};

/** The contact of schemas and documents. */
export const EXAMPLE_CONTACT: Required<ContactSnapshot> = {
  id: '123',
  version: 7,
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-02-03T04:05:06.789Z',
  status: 'active',
  first_name: 'John',
  last_name: 'Smith',
  full_name: 'John Smith',
  email: 'john.smith@acme.example',
  phone: '+1 555 0100',
  phone_1: '+1 555 0100',
  phone_2: null,
  receiving_bank_name: null,
  receiving_bank_address: null,
  company_id: '123456',
  company: { id: '123456', name: 'Acme Corp' },
  ...flags,
  has_portal_login: true,
  companies: [{ id: 123456, name: 'Acme Corp', ...flags }],
  tags: [{ id: 1, name: 'sales', description: null, icon: null, color: null }],
};
