import { Migration } from '@mikro-orm/migrations';

/** The app's role need not own the index whose pending list it empties: PostgreSQL permits that to the owner alone. */
export class LetTheAppCleanTrigrams extends Migration {
  override up(): void {
    this.addSql(`
      do $do$ begin
        execute format(
          'create function clean_contact_trigrams() returns bigint language sql security definer set search_path = pg_catalog
             as $f$ select gin_clean_pending_list(%L::regclass) $f$',
          format('%I.contact_trigrams', current_schema()));
      end $do$`);
  }
}
