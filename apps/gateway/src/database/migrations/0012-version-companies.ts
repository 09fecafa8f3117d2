import { Migration } from '@mikro-orm/migrations';

/** The columns of a company that a release without versions changes. */
const OWN_COLUMNS = 'name, phone, address, address_line_2, city, state, postal_code, country, notes, updated_at';

/** Only adds to the table: no row is rewritten, and gateways of the release before, which know no version, still write. */
export class VersionCompanies extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // A constant default is stored once, not in each row: existing companies are at version 1.
    this.addSql(`alter table company add column version bigint not null default 1`);
    this.addSql(`
      create function raise_company_version() returns trigger language plpgsql as $$
      begin
        new.version := old.version + 1;
        return new;
      end $$`);
    // Release 1.0.0 changes companies without a version. Its change of tags sets updated_at too.
    this.addSql(`
      create trigger raise_version before update of ${OWN_COLUMNS} on company
      for each row when (new.version = old.version and new is distinct from old) execute function raise_company_version()`);
  }
}
