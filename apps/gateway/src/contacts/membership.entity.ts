import { defineEntity, p, PrimaryKeyProp } from '@mikro-orm/postgresql';
import { Company } from '../companies/company.entity.js';
import { Contact } from './contact.entity.js';

const MembershipSchema = defineEntity({
  name: 'Membership',
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

/** A contact's membership in one company: the company's place among the contact's companies, and its flags. */
export class Membership extends MembershipSchema.class {
  declare [PrimaryKeyProp]?: ['contact', 'company'];
}

MembershipSchema.setClass(Membership);
