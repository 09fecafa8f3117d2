import { Migration } from '@mikro-orm/migrations';

/** The table has no key: a publication for all tables could not identify its rows, and each deletion failed. */
export class IdentifyRowCounts extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    this.addSql('alter table row_count replica identity full');
  }
}
