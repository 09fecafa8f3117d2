import { defineEntity, p, PrimaryKeyProp } from '@mikro-orm/postgresql';
import { Company } from '../companies/company.entity.js';
import { Contact } from './contact.entity.js';

const ContactCompanySchema = defineEntity({
  name: 'ContactCompany',
  tableName: 'contact_company',
  properties: {
    contact: () => p.manyToOne(Contact).primary(),
    company: () => p.manyToOne(Company).primary(),
    position: p.integer(),
    isPrimary: p.boolean(),
    receiveQuotationPdf: p.boolean(),
    receivePurchaseOrderPdf: p.boolean(),
    receivePurchaseOrderInvoicePdf: p.boolean(),
  },
});

/** A contact's place in one company: where it stands among the contact's companies, and the flags that hold there. */
export class ContactCompany extends ContactCompanySchema.class {
  declare [PrimaryKeyProp]?: ['contact', 'company'];
}

ContactCompanySchema.setClass(ContactCompany);
