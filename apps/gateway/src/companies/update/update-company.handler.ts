import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { CompanySnapshot } from '#app/contracts';
import { assertValid } from '../../wire/validation.error.js';
import { assertPreconditions } from '../../writes/preconditions.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { identifierErrors } from '../company.identifiers.js';
import { recordChange } from '../company-change.js';
import { lockCompany } from '../company-locks.js';
import { companySnapshot } from '../company.snapshot.js';
import { readTagsOf, replaceCompanyTags } from '../tags/company-tags.js';
import { UpdateCompanyCommand } from './update-company.command.js';

@CommandHandler(UpdateCompanyCommand)
export class UpdateCompanyHandler implements ICommandHandler<UpdateCompanyCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
  ) {}

  async execute(command: UpdateCompanyCommand): Promise<CompanySnapshot> {
    const unclear = await identifierErrors(this.em.fork(), command.companyId, command.patch);
    const formErrors = { ...unclear, ...command.formErrors };
    const locks = { companies: [command.companyId] };
    return this.writes.run(command.request, (unit) => update(unit, { ...command, formErrors }), { locks });
  }
}

async function update(unit: WriteUnit, command: UpdateCompanyCommand): Promise<CompanySnapshot> {
  const { companyId, patch, formErrors, request } = command;
  const locked = await lockCompany(unit.em, companyId);
  assertValid(formErrors);
  assertPreconditions(request, locked.company.version);
  const former = await readTagsOf(unit.em, companyId);
  const before = companySnapshot(locked.company, former);
  const tags = patch.tags ? await replaceCompanyTags(unit, companyId, patch.tags) : former;
  locked.company.applyPatch(patch);
  return recordChange(unit, { ...locked, before, tags, request });
}
