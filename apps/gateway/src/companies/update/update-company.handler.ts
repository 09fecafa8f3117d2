import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockForChange } from '../company-locks.js';
import { readTagsOf, replaceCompanyTags } from '../tags/company-tags.js';
import type { CompanySnapshot } from '../company.response.js';
import { companySnapshot } from '../company.snapshot.js';
import { UpdateCompanyCommand } from './update-company.command.js';

@CommandHandler(UpdateCompanyCommand)
export class UpdateCompanyHandler implements ICommandHandler<UpdateCompanyCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: UpdateCompanyCommand): Promise<CompanySnapshot> {
    return this.writes.run(command.request, (unit) => update(unit, command));
  }
}

async function update(unit: WriteUnit, { companyId, patch, formErrors }: UpdateCompanyCommand): Promise<CompanySnapshot> {
  const { company, at } = await lockForChange(unit.em, companyId, formErrors);
  const { tags, changed: retagged } = patch.tags
    ? await replaceCompanyTags(unit.em, companyId, patch.tags)
    : { tags: await readTagsOf(unit.em, companyId), changed: false };
  const edited = company.applyPatch(patch);
  if (edited || retagged) company.touch(at);
  await unit.flush();
  return companySnapshot(company, tags);
}
