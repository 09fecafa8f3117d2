import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { assertValid } from '../../wire/validation.error.js';
import { databaseTime } from '../../writes/database-time.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { replaceCompanyTags } from '../tags/company-tags.js';
import { Company } from '../company.entity.js';
import type { NewCompany } from '../company.patch.js';
import type { CompanySnapshot } from '../company.response.js';
import { companySnapshot } from '../company.snapshot.js';
import { CreateCompanyCommand } from './create-company.command.js';

@CommandHandler(CreateCompanyCommand)
export class CreateCompanyHandler implements ICommandHandler<CreateCompanyCommand> {
  constructor(private readonly writes: Writes) {}

  async execute({ fields, formErrors, request }: CreateCompanyCommand): Promise<CompanySnapshot> {
    assertValid(formErrors);
    return this.writes.run(request, (unit) => create(unit, fields));
  }
}

async function create(unit: WriteUnit, { tags: names = [], ...fields }: NewCompany): Promise<CompanySnapshot> {
  const now = await databaseTime(unit.em);
  const company = unit.em.create(Company, { ...fields, createdAt: now, updatedAt: now });
  await unit.flush();
  const { tags } = names.length > 0 ? await replaceCompanyTags(unit.em, company.id, names) : { tags: [] };
  return companySnapshot(company, tags);
}
