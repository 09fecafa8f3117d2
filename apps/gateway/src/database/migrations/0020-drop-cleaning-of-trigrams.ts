import { Migration } from '@mikro-orm/migrations';

/** The app empties the pending list by an insert (`trigram-cleaning.ts`), which needs no right on the index. No release has called the function. */
export class DropCleaningOfTrigrams extends Migration {
  override up(): void {
    this.addSql('drop function if exists clean_contact_trigrams()');
  }
}
