import { defineEntity, p } from '@mikro-orm/postgresql';

const CompanySchema = defineEntity({
  name: 'Company',
  tableName: 'company',
  properties: {
    id: p.bigint('number').primary(),
    name: p.text(),
    phone: p.text().nullable(),
    address: p.text().nullable(),
    addressLine2: p.text().fieldName('address_line_2').nullable(),
    city: p.text().nullable(),
    state: p.text().nullable(),
    postalCode: p.text().nullable(),
    country: p.text().nullable(),
    notes: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
  },
});

/** A company that contacts belong to. */
export class Company extends CompanySchema.class {}

CompanySchema.setClass(Company);
