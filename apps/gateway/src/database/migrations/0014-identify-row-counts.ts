import { Migration } from '@mikro-orm/migrations';

/** A table without a key, whose rows a publication for all tables could not identify: each deletion failed. */
export class IdentifyRowCounts extends Migration {
  override up(): void {
    this.addSql('alter table row_count replica identity full');
  }
}
