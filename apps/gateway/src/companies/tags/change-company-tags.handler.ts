import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockForChange } from '../company-locks.js';
import { ChangeCompanyTagsCommand, type CompanyTags } from './change-company-tags.command.js';
import { readTagsOf, replaceCompanyTags } from './company-tags.js';
import { tagNamesAfter } from './tag-change.js';

@CommandHandler(ChangeCompanyTagsCommand)
export class ChangeCompanyTagsHandler implements ICommandHandler<ChangeCompanyTagsCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: ChangeCompanyTagsCommand): Promise<CompanyTags> {
    return this.writes.run(command.request, (unit) => change(unit, command));
  }
}

async function change(unit: WriteUnit, { companyId, change, formErrors }: ChangeCompanyTagsCommand): Promise<CompanyTags> {
  const { company, at } = await lockForChange(unit.em, companyId, formErrors);
  const current = await readTagsOf(unit.em, companyId);
  const names = tagNamesAfter(
    change,
    current.map(({ name }) => name),
  );
  const { tags, changed } = await replaceCompanyTags(unit.em, companyId, names);
  if (changed) company.touch(at);
  await unit.flush();
  return { tags };
}
