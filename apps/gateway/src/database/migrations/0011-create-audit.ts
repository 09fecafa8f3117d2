import { Migration } from '@mikro-orm/migrations';

/** The makers of tokens, and the audit trail. Only adds: gateways of the release before run at the same time. */
export class CreateAudit extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // A constant default is stored in the catalog: no row is written.
    this.addSql(`
      alter table api_token
        add column created_by bigint,
        add column family_id bigint,
        add column forms_family boolean not null default true,
        add column has_checksum boolean not null default false`);
    this.addSql(`
      create table audit_entry (
        id bigint generated always as identity primary key,
        at timestamptz not null default clock_timestamp(),
        actor text, action text not null, target text, request_id text, details json not null)`);
  }
}
