import { describe, expect, it } from '@jest/globals';
import { ContactCompanySchema, type ContactCompany } from '#app/contracts';
import { membershipsAfter } from './contact.state.js';

const NAMES = new Map([[7, 'Beta']]);
const acme: ContactCompany = {
  id: 5,
  name: 'Acme Corp',
  is_primary: true,
  receive_quotation_pdf: true,
  receive_purchase_order_pdf: false,
  receive_purchase_order_invoice_pdf: true,
};

describe('membershipsAfter', () => {
  it.each([
    ['the contact has no company yet', []],
    ['the contact has a main company', [acme]],
  ])('when %s / a new membership has its properties in the order of the contract', (_, companies) => {
    const [taken] = membershipsAfter({ companies }, { companyId: 7 }, NAMES);
    expect(Object.keys(taken!)).toEqual(Object.keys(ContactCompanySchema.properties));
  });

  it('when the contact has a main company / a new one takes its receive flags and is not primary', () => {
    expect(membershipsAfter({ companies: [acme] }, { companyId: 7 }, NAMES)).toEqual([
      { ...acme, id: 7, name: 'Beta', is_primary: false },
    ]);
  });
});
