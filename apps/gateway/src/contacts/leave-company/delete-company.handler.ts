import type { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { query } from '#app/postgres';
import { lockCompany, type LockedCompany } from '../../companies/company-locks.js';
import { CompanyInUse } from '../../companies/company.errors.js';
import { companyDeleted } from '../../companies/company.events.js';
import { DeleteCompanyCommand, type DeletedCompany } from '../../companies/delete/delete-company.command.js';
import { assertValid } from '../../wire/validation.error.js';
import { assertPreconditions } from '../../writes/preconditions.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { lockName } from '../../writes/write-waits.js';
import { Writes } from '../../writes/writes.js';
import { CompanyRemovals } from './company-removals.js';
import { previewEnds } from './membership-ends.js';

/** Closes a company: it is gone for callers. {@link CompanyRemovals} ends its memberships, and removes it. */
@CommandHandler(DeleteCompanyCommand)
export class DeleteCompanyHandler implements ICommandHandler<DeleteCompanyCommand> {
  constructor(
    private readonly writes: Writes,
    private readonly removals: CompanyRemovals,
  ) {}

  async execute(command: DeleteCompanyCommand): Promise<DeletedCompany> {
    const locks = { companies: [command.companyId] };
    const deleted = await this.writes.run(command.request, (unit) => close(unit, command), { locks });
    this.removals.wake();
    return deleted;
  }
}

async function close(unit: WriteUnit, command: DeleteCompanyCommand): Promise<DeletedCompany> {
  const { companyId, request } = command;
  const locked = await lockCompany(unit.em, companyId);
  assertValid(request.errors);
  // Two companies of one contact that close at once would leave it without an open one. A dry run closes none.
  if (!unit.dryRun) await lockName(unit.em, 'close company');
  await assertNotInUse(unit.em, companyId);
  assertPreconditions(request, locked.company.version);
  if (unit.dryRun) await preview(unit, command, locked);
  else await markClosed(unit.em, command);
  return {};
}

/** @throws {CompanyInUse} if it is the only open company of some contacts */
async function assertNotInUse(em: EntityManager, companyId: number): Promise<void> {
  const [row] = await query<{ bound: string }>(
    em,
    `select count(*) as bound from contact_company m where m.company_id = $1 and not exists (
       select from contact_company o join company c on c.id = o.company_id
       where o.contact_id = m.contact_id and o.company_id <> m.company_id and c.closed_at is null)`,
    [companyId],
  );
  const bound = Number(row!.bound);
  if (bound > 0) throw new CompanyInUse(bound);
}

async function markClosed(em: EntityManager, { companyId, request }: DeleteCompanyCommand): Promise<void> {
  await query(em, 'update company set closed_at = clock_timestamp() where id = $1', [companyId]);
  const { requestId, actor, traceparent } = request;
  await query(em, 'insert into closed_company (company_id, request_id, actor, traceparent) values ($1, $2, $3, $4)', [
    companyId,
    requestId,
    actor,
    traceparent,
  ]);
}

async function preview(
  unit: WriteUnit,
  { companyId, request }: DeleteCompanyCommand,
  { company: { version }, at }: LockedCompany,
): Promise<void> {
  await previewEnds(unit, companyId, request);
  await unit.record([companyDeleted({ id: companyId, version }, { at, request })]);
}
