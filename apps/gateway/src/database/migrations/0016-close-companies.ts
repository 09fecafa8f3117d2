import { Migration } from '@mikro-orm/migrations';

/** A company is deleted in two steps: it closes at once, and its contacts leave it in parts. Only adds. */
export class CloseCompanies extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    this.addSql(`alter table company add column closed_at timestamptz`);
    // The companies that are closed and not gone yet, with the request that the events of the contacts name.
    this.addSql(`
      create table closed_company (
        company_id bigint primary key references company on delete cascade,
        request_id text not null, actor text, traceparent text)`);
  }
}
