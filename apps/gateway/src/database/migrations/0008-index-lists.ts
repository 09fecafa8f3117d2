import { Migration } from '@mikro-orm/migrations';

const folded = (text: string): string => `casefold(${text} collate pg_unicode_fast)`;
const trigrams = (...texts: string[]): string => texts.map((text) => `${folded(text)} gin_trgm_ops`).join(', ');
const FULL_NAME = `nullif(substr(coalesce(' ' || first_name, '') || coalesce(' ' || last_name, ''), 2), '')`;

/** What lists filter, sort and count by. docs/lists.md says which index serves what, and what each costs. */
export class IndexLists extends Migration {
  override up(): void {
    // Indexing a million rows takes longer than a request may.
    this.addSql(`set local statement_timeout = 0`);
    this.addSql(`create extension if not exists pg_trgm`);
    this.indexContacts();
    this.indexCompanies();
    this.countRows();
  }

  private indexContacts(): void {
    for (const column of ['email', 'last_name', 'first_name', 'phone_1'])
      this.addSql(`create index contact_${column}_folded on contact (${folded(column)}, id)`);
    this.addSql(`create index contact_created_at on contact (created_at, id)`);
    // One index for all, since each entry costs a write; a short pending list, since the writer that fills it empties it.
    this.addSql(`
      create index contact_trigrams on contact using gin (${trigrams('email', FULL_NAME, 'phone_1', 'phone_2')})
      with (gin_pending_list_limit = 128)`);
    // Includes the contact: a tag's contacts are counted from the index alone.
    this.addSql(`create index contact_tag_tag_contact on contact_tag (tag_id, contact_id)`);
    this.addSql(`drop index contact_tag_tag`);
  }

  private indexCompanies(): void {
    this.addSql(`create index company_name_folded on company (${folded('name')}, id)`);
    this.addSql(`create index company_name_trigrams on company using gin (${trigrams('name')})`);
  }

  /**
   * The number of rows, as a sum of deltas: each statement that inserts or deletes adds its own row and waits for no lock.
   * A random few of them merge deltas, and skip those that another statement has locked.
   */
  private countRows(): void {
    this.addSql(`
      create table row_count (table_name text not null, delta bigint not null)
      with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000, autovacuum_vacuum_cost_delay = 0)`);
    this.addSql(`
      create function count_rows() returns trigger language plpgsql as $$
      declare
        changed bigint;
      begin
        if tg_op = 'TRUNCATE' then
          insert into row_count select tg_table_name, -coalesce(sum(delta), 0) from row_count where table_name = tg_table_name;
          return null;
        end if;
        select count(*) into changed from changed_rows;
        if changed = 0 then
          return null;
        end if;
        insert into row_count values (tg_table_name, case tg_op when 'INSERT' then changed else -changed end);
        if random() < 0.002 then
          with taken as (
            delete from row_count where ctid = any (array(
              select ctid from row_count where table_name = tg_table_name for update skip locked))
            returning delta)
          insert into row_count select tg_table_name, sum(delta) from taken having count(*) > 0;
        end if;
        return null;
      end $$`);
    for (const table of ['contact', 'company']) {
      this.addSql(`
        create trigger count_inserted after insert on ${table} referencing new table as changed_rows
        for each statement execute function count_rows()`);
      this.addSql(`
        create trigger count_deleted after delete on ${table} referencing old table as changed_rows
        for each statement execute function count_rows()`);
      this.addSql(`create trigger count_truncated after truncate on ${table} for each statement execute function count_rows()`);
      this.addSql(`insert into row_count select '${table}', count(*) from ${table}`);
    }
  }
}
