import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { AuditSweep } from '#app/postgres';
import type { AuthEnv } from '../env.js';
import { AuditController } from './audit.controller.js';
import { ListAuditHandler } from './list-audit.handler.js';
import { SignInAudit } from './sign-in-audit.js';

/** The audit trail: its writer, its reader and its retention. */
@Module({})
export class AuditModule {
  static register({ auditDays }: AuthEnv): DynamicModule {
    return {
      module: AuditModule,
      controllers: [AuditController],
      providers: [
        ListAuditHandler,
        { provide: SignInAudit, useFactory: (em: EntityManager) => new SignInAudit(em), inject: [EntityManager] },
        { provide: AuditSweep, useFactory: (em: EntityManager) => new AuditSweep(em, auditDays), inject: [EntityManager] },
      ],
      exports: [SignInAudit],
    };
  }
}
