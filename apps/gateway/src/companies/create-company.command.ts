import { EntityManager } from '@mikro-orm/postgresql';
import { Command, CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { inTransaction } from '@app/postgres';
import { Company } from './company.entity.js';
import { companySnapshot, type CompanySnapshot } from './company.snapshot.js';
import type { CreateCompanyDto } from './create-company.dto.js';

/** Create a company. */
export class CreateCompanyCommand extends Command<CompanySnapshot> {
  constructor(readonly fields: Readonly<CreateCompanyDto>) {
    super();
  }
}

@CommandHandler(CreateCompanyCommand)
export class CreateCompanyHandler implements ICommandHandler<CreateCompanyCommand> {
  constructor(private readonly em: EntityManager) {}

  async execute({ fields }: CreateCompanyCommand): Promise<CompanySnapshot> {
    return inTransaction(this.em, async (em) => {
      const now = new Date();
      const company = em.create(Company, {
        name: fields.name,
        phone: fields.phone ?? null,
        address: fields.address ?? null,
        addressLine2: fields.address_line_2 ?? null,
        city: fields.city ?? null,
        state: fields.state ?? null,
        postalCode: fields.postal_code ?? null,
        country: fields.country ?? null,
        notes: fields.notes ?? null,
        createdAt: now,
        updatedAt: now,
      });
      await em.flush();
      return companySnapshot(company);
    });
  }
}
