import { Migration } from '@mikro-orm/migrations';

export class CreateContactHistory extends Migration {
  override up(): void {
    // `seq` orders the events of one transaction, which have the same time.
    this.addSql(`
      create table contact_event (
        seq bigint generated always as identity primary key,
        id uuid not null, contact_id bigint not null references contact on delete cascade,
        type text not null, version bigint not null, created_at timestamptz not null,
        request_id text not null, token_id bigint, changes json not null)`);
    this.addSql(`create index contact_event_contact on contact_event (contact_id, seq desc)`);
  }
}
