import { Migration } from '@mikro-orm/migrations';

export class CreateIdempotencyKeys extends Migration {
  override up(): void {
    // `item` is the index in a batch, -1 for the whole request. A null result: its contact has been deleted.
    this.addSql(`
      create table idempotency_key (
        token_id bigint not null, key text not null, item int not null,
        fingerprint bytea not null, contact_id bigint, result json, expires_at timestamptz not null,
        primary key (token_id, key, item))`);
    this.addSql(`create index idempotency_key_contact on idempotency_key (contact_id) where contact_id is not null`);
    this.addSql(`create index idempotency_key_expiry on idempotency_key (expires_at)`);
  }
}
