import { Migration } from '@mikro-orm/migrations';

/**
 * What a deleted contact leaves is erased in parts: all of a long history takes longer than a statement may.
 * The trigger notes the contact, also where a gateway of the release before deletes it.
 */
export class EraseContactsInParts extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    this.addSql(`create table deleted_contact (contact_id bigint primary key)`);
    this.addSql(`
      do $do$ begin
        execute format(
          'create or replace function forget_history() returns trigger language plpgsql security definer set search_path = pg_catalog
             as $f$ begin
               insert into %1$I.deleted_contact select id from gone on conflict do nothing;
               return null;
             end $f$', current_schema());
      end $do$`);
  }
}
