import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { leaveCompany } from '../../contacts/leave-company.js';
import { assertPreconditions } from '../../writes/preconditions.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockCompany } from '../company-locks.js';
import { Company } from '../company.entity.js';
import { companyDeleted } from '../company.events.js';
import { DeleteCompanyCommand, type DeletedCompany } from './delete-company.command.js';

@CommandHandler(DeleteCompanyCommand)
export class DeleteCompanyHandler implements ICommandHandler<DeleteCompanyCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: DeleteCompanyCommand): Promise<DeletedCompany> {
    return this.writes.run(command.request, (unit) => remove(unit, command));
  }
}

async function remove(unit: WriteUnit, { companyId, request }: DeleteCompanyCommand): Promise<DeletedCompany> {
  // From here on no new membership begins: a concurrent one waits for the lock, and then finds no company.
  const { company, at } = await lockCompany(unit.em, companyId, request.errors);
  const { version } = company;
  await leaveCompany(unit, companyId, request);
  assertPreconditions(request, version);
  if (!unit.dryRun) await unit.em.nativeDelete(Company, companyId);
  await unit.record([companyDeleted({ id: companyId, version }, { at, request })]);
  return {};
}
