import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { AuditSweep } from '#app/postgres';
import { AuditController } from './audit.controller.js';
import { ListAuditHandler } from './list-audit.handler.js';

/** The audit trail: its reader and its retention. */
@Module({})
export class AuditModule {
  static register({ auditDays }: { auditDays: number }): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        ListAuditHandler,
        { provide: AuditSweep, useFactory: (em: EntityManager) => new AuditSweep(em, auditDays), inject: [EntityManager] },
      ],
    };
  }
}
