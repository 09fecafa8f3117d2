import { Migration } from '@mikro-orm/migrations';

export class CompleteApiTokens extends Migration {
  override up(): void {
    // A flag marks the seeded token; any token may have its name.
    this.addSql(`alter table api_token add column is_seeded boolean not null default false`);
    this.addSql(`update api_token set is_seeded = true where name = 'API_TOKEN'`);
    // A token has one row, which each new window reuses, so that none is left over. Unlogged: a lease does not wait for the
    // disk, and a crash of the server loses at most a minute's count.
    this.addSql(`
      create unlogged table token_quota (
        token_id bigint primary key references api_token on delete cascade,
        window_start timestamptz not null, leased bigint not null)
      with (fillfactor = 50)`);
  }
}
