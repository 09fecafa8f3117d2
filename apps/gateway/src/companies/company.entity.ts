import { defineEntity, p } from '@mikro-orm/postgresql';
import { textColumns } from '../wire/columns.js';
import { COMPANY_BODY_FIELDS } from './company.fields.js';
import { COMPANY_FIELDS, type CompanyField, type CompanyPatch } from './company.patch.js';

const CompanySchema = defineEntity({
  name: 'Company',
  tableName: 'company',
  properties: {
    id: p.bigint('number').primary(),
    version: p.bigint('number'),
    ...textColumns(COMPANY_BODY_FIELDS),
    name: p.text(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** When it closed: it is gone for callers, and its contacts are leaving it. */
    closedAt: p.datetime().nullable(),
  },
});

export type CompanyValues = Pick<Company, CompanyField | 'id' | 'version' | 'createdAt' | 'updatedAt'>;

/** A company that contacts belong to. */
export class Company extends CompanySchema.class {
  /** Applies the patch's own fields. */
  applyPatch(patch: CompanyPatch): void {
    for (const field of COMPANY_FIELDS) if (patch[field] !== undefined) Object.assign(this, { [field]: patch[field] });
  }

  /** Begins the company's next version, at a time that is never before its last change. */
  advance(at: Date): void {
    this.version += 1;
    if (at > this.updatedAt) this.updatedAt = at;
  }
}

CompanySchema.setClass(Company);
