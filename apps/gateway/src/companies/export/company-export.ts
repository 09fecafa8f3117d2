import { COMPANY_FIELDS, type CompanySnapshot } from '#app/contracts';
import { query } from '#app/postgres';
import type { ExportSource } from '../../exports/exporter.js';
import { COMPANY_COLUMNS, snapshotOfRow, type CompanyRow } from '../company.store.js';
import { companySource } from '../list/company-list.fields.js';
import { readCompanyTags } from '../tags/company-tags.js';

const READ = {
  name: 'companies-read',
  text: `select ${COMPANY_COLUMNS} from company c where c.id = any($1::bigint[]) order by c.id`,
};

export const companyExport: ExportSource<CompanySnapshot> = {
  name: 'companies',
  from: companySource,
  load: async (transaction, ids) => {
    const rows = await query<CompanyRow>(transaction, READ, [ids]);
    const tags = await readCompanyTags(transaction, ids);
    return rows.map((row) => snapshotOfRow(row, tags.get(Number(row.id))!));
  },
  columns: [
    ...COMPANY_FIELDS.filter((name) => name !== 'tags').map(
      (name) => [name, (company: CompanySnapshot) => company[name]] as const,
    ),
    ['tags', ({ tags }) => tags.map(({ name }) => name).join(',')],
  ],
};
