import { COMPANY_FIELDS, type CompanySnapshot } from '#app/contracts';
import { query } from '#app/postgres';
import type { ExportSource } from '../../exports/exporter.js';
import { namesOfKind, propertyOf } from '../../wire/fields.js';
import type { CompanyValues } from '../company.entity.js';
import { COMPANY_BODY_FIELDS } from '../company.fields.js';
import { companySnapshot } from '../company.snapshot.js';
import { companySource } from '../list/company-list.fields.js';
import { readCompanyTags } from '../tags/company-tags.js';

const TEXTS = namesOfKind(COMPANY_BODY_FIELDS, 'text').map((name) => `${name} as "${propertyOf(name)}"`);
const READ = {
  name: 'companies-read',
  text: `select id, version, created_at as "createdAt", updated_at as "updatedAt", ${TEXTS.join(', ')}
    from company where id = any($1::bigint[]) order by id`,
};

type CompanyRow = Omit<CompanyValues, 'id' | 'version'> & { id: string; version: string };

export const companyExport: ExportSource<CompanySnapshot> = {
  name: 'companies',
  from: companySource,
  load: async (transaction, ids) => {
    const rows = await query<CompanyRow>(transaction, READ, [ids]);
    const tags = await readCompanyTags(transaction, ids);
    return rows.map((row) =>
      companySnapshot({ ...row, id: Number(row.id), version: Number(row.version) }, tags.get(Number(row.id))!),
    );
  },
  columns: [
    ...COMPANY_FIELDS.filter((name) => name !== 'tags').map(
      (name) => [name, (company: CompanySnapshot) => company[name]] as const,
    ),
    ['tags', ({ tags }) => tags.map(({ name }) => name).join(',')],
  ],
};
