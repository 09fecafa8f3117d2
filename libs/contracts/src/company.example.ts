import type { CompanySnapshot } from './company.schema.js';

/** The company of schemas and documents. */
export const EXAMPLE_COMPANY: Required<CompanySnapshot> = {
  id: 456,
  version: 3,
  name: 'Acme Corp',
  status: 'active',
  phone: '+1 555 0100',
  address: '1 Main Street',
  address_line_2: null,
  city: 'Springfield',
  state: 'IL',
  postal_code: '62701',
  country: 'US',
  full_address: '1 Main Street, Springfield, IL, 62701, US',
  notes: null,
  tags: [{ id: 1, name: 'wholesale', description: null, icon: null, color: null }],
  created_at: '2026-01-02T03:04:05.678Z',
  updated_at: '2026-02-03T04:05:06.789Z',
};
