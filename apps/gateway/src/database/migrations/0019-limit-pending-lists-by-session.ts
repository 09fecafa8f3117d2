import { Migration } from '@mikro-orm/migrations';

/**
 * How long the pending list of contacts' trigrams may be is a setting of the session (`session-settings.ts`): those that write contacts let it
 * be long, and the one that empties it does not (`trigram-cleaning.ts`). An index's own setting would hold for both.
 * The list of companies is emptied by its writers, as before.
 */
export class LimitPendingListsBySession extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    this.addSql(`alter index contact_trigrams reset (gin_pending_list_limit)`);
    this.addSql(`alter index company_name_trigrams set (gin_pending_list_limit = 4096)`);
  }
}
