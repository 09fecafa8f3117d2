import { EntityManager } from '@mikro-orm/postgresql';
import { Module, type DynamicModule } from '@nestjs/common';
import { EventFeed } from '#app/messaging';
import type { DatabaseUrl } from '#app/postgres';
import { AuditTrail } from '../callers/audit-trail.js';
import { LiveTokens } from '../events/live-tokens.js';
import { Exporter, type ExportSettings } from './exporter.js';
import { ExportSlots } from './export-slots.js';

/** A reader that takes nothing for this time is disconnected. */
const STALLED_MS = 60_000;
const EXPORTS_AT_ONCE = { perFamily: 2, perProcess: 4 };

/** Exports; contacts and companies are their sources. */
@Module({})
export class ExportsModule {
  static register({ databaseUrl, exportMaxMs }: { databaseUrl: DatabaseUrl; exportMaxMs: number }): DynamicModule {
    const settings: ExportSettings = { databaseUrl, maxMs: exportMaxMs, stalledMs: STALLED_MS };
    const exporter = (em: EntityManager, feed: EventFeed<unknown>, tokens: LiveTokens, audit: AuditTrail) =>
      new Exporter({ em, feed, tokens, audit, slots: new ExportSlots(EXPORTS_AT_ONCE) }, settings);
    return {
      module: ExportsModule,
      global: true,
      providers: [{ provide: Exporter, useFactory: exporter, inject: [EntityManager, EventFeed, LiveTokens, AuditTrail] }],
      exports: [Exporter],
    };
  }
}
