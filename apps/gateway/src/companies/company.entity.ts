import { defineEntity, p } from '@mikro-orm/postgresql';
import { COMPANY_FIELDS, type CompanyPatch } from './company.patch.js';

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
export class Company extends CompanySchema.class {
  /** Takes over what the patch says of the company's own fields; whether one of them has another value now. */
  applyPatch(patch: CompanyPatch): boolean {
    const changed = COMPANY_FIELDS.filter((field) => patch[field] !== undefined && patch[field] !== this[field]);
    for (const field of changed) Object.assign(this, { [field]: patch[field] });
    return changed.length > 0;
  }

  /** Notes when the company changed: never before its last change. */
  touch(at: Date): void {
    if (at > this.updatedAt) this.updatedAt = at;
  }
}

CompanySchema.setClass(Company);
