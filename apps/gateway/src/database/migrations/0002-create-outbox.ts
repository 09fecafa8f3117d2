import { Migration } from '@mikro-orm/migrations';

export class CreateOutbox extends Migration {
  override up(): void {
    // A cache above 1 would give ids out of order, and the ids order the events.
    this.addSql(`create sequence outbox_id_seq as bigint cache 1`);
    // The payload is text, not jsonb: the published bytes are the recorded ones.
    this.addSql(`
      create table outbox (
        id bigint primary key default nextval('outbox_id_seq'),
        topic text not null, key text not null, headers jsonb not null, payload text,
        created_at timestamptz not null default clock_timestamp())
      with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000, autovacuum_vacuum_cost_delay = 0)`);
    this.addSql(`
      create table relay_lease (
        name text primary key, owner uuid not null, pid int not null, epoch bigint not null default 0, expires_at timestamptz not null)`);
  }
}
