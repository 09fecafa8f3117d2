import type { EntityManager } from '@mikro-orm/postgresql';
import { RetentionSweep } from '#app/postgres';

/** Deletes the part of the contacts' history that is older than `HISTORY_DAYS`. */
export class HistorySweep extends RetentionSweep {
  constructor(em: EntityManager, days: number) {
    super(em, { table: 'contact_event', key: 'seq', time: 'created_at', days });
  }
}
