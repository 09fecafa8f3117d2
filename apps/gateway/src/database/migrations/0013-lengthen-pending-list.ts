import { Migration } from '@mikro-orm/migrations';

/** Updates no longer empty the pending list of trigrams: the list is long, and a background job empties it (docs/lists.md). */
export class LengthenPendingList extends Migration {
  override up(): void {
    // Waits for no update: the next one reads the setting.
    this.addSql(`set local lock_timeout = '500ms'`);
    this.addSql(`alter index contact_trigrams set (gin_pending_list_limit = 32768)`);
  }
}
