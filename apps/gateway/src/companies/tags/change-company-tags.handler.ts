import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { assertValid } from '../../wire/validation.error.js';
import { assertPreconditions } from '../../writes/preconditions.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { newTagErrors } from '../../tags/new-tag-names.js';
import { recordChange } from '../company-change.js';
import { lockCompany } from '../company-locks.js';
import { companySnapshot } from '../company.snapshot.js';
import { ChangeCompanyTagsCommand, type CompanyTags } from './change-company-tags.command.js';
import { readTagsOf, replaceCompanyTags } from './company-tags.js';
import { additionErrors, tagNamesAfter } from './tag-change.js';

@CommandHandler(ChangeCompanyTagsCommand)
export class ChangeCompanyTagsHandler implements ICommandHandler<ChangeCompanyTagsCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
  ) {}

  async execute(command: ChangeCompanyTagsCommand): Promise<CompanyTags> {
    const { change } = command;
    const unclear = change.kind === 'remove' ? {} : await newTagErrors(this.em.fork(), change.names);
    const formErrors = { ...unclear, ...command.formErrors };
    const locks = { companies: [command.companyId] };
    return this.writes.run(command.request, (unit) => changeTags(unit, { ...command, formErrors }), { locks });
  }
}

async function changeTags(unit: WriteUnit, command: ChangeCompanyTagsCommand): Promise<CompanyTags> {
  const { companyId, change, formErrors, request } = command;
  const locked = await lockCompany(unit.em, companyId);
  const former = await readTagsOf(unit.em, companyId);
  const names = tagNamesAfter(
    change,
    former.map(({ name }) => name),
  );
  assertValid({ ...(change.kind === 'add' ? additionErrors(names) : {}), ...formErrors });
  assertPreconditions(request, locked.company.version);
  const before = companySnapshot(locked.company, former);
  const tags = await replaceCompanyTags(unit, companyId, names);
  const { version } = await recordChange(unit, { ...locked, before, tags, request });
  return { tags: [...tags], version };
}
