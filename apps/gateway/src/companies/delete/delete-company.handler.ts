import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { leaveCompany } from '../../contacts/leave-company.js';
import { BULK_WRITE_DEADLINE_MS } from '../../writes/write-deadline.js';
import { Deadline } from '../../writes/deadline.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { Writes } from '../../writes/writes.js';
import { lockCompany } from '../company-locks.js';
import { DeleteCompanyCommand } from './delete-company.command.js';

@CommandHandler(DeleteCompanyCommand)
export class DeleteCompanyHandler implements ICommandHandler<DeleteCompanyCommand> {
  constructor(private readonly writes: Writes) {}

  execute(command: DeleteCompanyCommand): Promise<Record<string, never>> {
    const deadline = new Deadline(BULK_WRITE_DEADLINE_MS);
    return this.writes.run(command.request, (unit) => remove(unit, command), { deadline });
  }
}

async function remove(unit: WriteUnit, { companyId, request }: DeleteCompanyCommand): Promise<Record<string, never>> {
  // From here on nobody takes a place there: a contact on its way waits, and then finds no company.
  await lockCompany(unit.em, companyId, request.refusals);
  await leaveCompany(unit, companyId, request);
  await query(unit.em, 'delete from company where id = $1', [companyId]);
  return {};
}
