import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Writes } from '../writes/writes.js';
import { Company } from './company.entity.js';
import { CompanyRefused } from './company.errors.js';
import { companySnapshot, type CompanySnapshot } from './company.snapshot.js';
import { CreateCompanyCommand } from './create-company.command.js';

@CommandHandler(CreateCompanyCommand)
export class CreateCompanyHandler implements ICommandHandler<CreateCompanyCommand> {
  constructor(private readonly writes: Writes) {}

  async execute({ fields, formErrors, request }: CreateCompanyCommand): Promise<CompanySnapshot> {
    if (Object.keys(formErrors).length > 0) throw new CompanyRefused(formErrors);
    return this.writes.run(request, async ({ em }) => {
      const now = new Date();
      const company = em.create(Company, { ...fields, createdAt: now, updatedAt: now });
      await em.flush();
      return companySnapshot(company);
    });
  }
}
