import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { EventFeed } from '#app/messaging';
import type { DatabaseUrl } from '#app/postgres';
import { AuditTrail } from '../callers/audit-trail.js';
import { Exporter, type ExportSettings } from './exporter.js';
import { ExportSlots } from './export-slots.js';

const EXPORTS_AT_ONCE = { perFamily: 2, perProcess: 4 };

/** Exports; contacts and companies are their sources. */
@Module({})
export class ExportsModule {
  static register({ databaseUrl, exportMaxMs }: { databaseUrl: DatabaseUrl; exportMaxMs: number }): DynamicModule {
    const settings: ExportSettings = { databaseUrl, maxMs: exportMaxMs };
    const exporter = (em: EntityManager, feed: EventFeed<unknown>, audit: AuditTrail) =>
      new Exporter(em, feed, new ExportSlots(EXPORTS_AT_ONCE), audit, settings);
    return {
      module: ExportsModule,
      global: true,
      providers: [{ provide: Exporter, useFactory: exporter, inject: [EntityManager, EventFeed, AuditTrail] }],
      exports: [Exporter],
    };
  }
}
