import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import { assertValid } from '../../wire/validation.error.js';
import { databaseTime } from '../../writes/database-time.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { replaceCompanyTags } from '../tags/company-tags.js';
import { Company } from '../company.entity.js';
import { companyCreated } from '../company.events.js';
import { identifierErrors } from '../company.identifiers.js';
import { companySnapshot } from '../company.snapshot.js';
import { CreateCompanyCommand } from './create-company.command.js';

@CommandHandler(CreateCompanyCommand)
export class CreateCompanyHandler implements ICommandHandler<CreateCompanyCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
  ) {}

  async execute(command: CreateCompanyCommand): Promise<CompanySnapshot> {
    const { fields, formErrors, request } = command;
    assertValid({ ...(await identifierErrors(this.em.fork(), undefined, fields)), ...formErrors });
    return this.writes.run(request, (unit) => create(unit, command));
  }
}

async function create(unit: WriteUnit, { fields, request }: CreateCompanyCommand): Promise<CompanySnapshot> {
  const { tags: names = [], ...own } = fields;
  const now = await databaseTime(unit.em);
  const company = unit.em.create(Company, { ...own, version: 1, createdAt: now, updatedAt: now });
  await unit.flush();
  const tags = names.length > 0 ? await replaceCompanyTags(unit, company.id, names) : [];
  const snapshot = companySnapshot(company, tags);
  await unit.record([companyCreated(snapshot, { at: now, request })]);
  return snapshot;
}
