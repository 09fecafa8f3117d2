import { Migration } from '@mikro-orm/migrations';

export class CompleteApiTokens extends Migration {
  override up(): void {
    // Told by a mark and not by its name, which any token may have.
    this.addSql(`alter table api_token add column is_seeded boolean not null default false`);
    this.addSql(`update api_token set is_seeded = true where name = 'API_TOKEN'`);
    // A token has one row, which each new window takes over, so that none is ever left behind. Unlogged: a lease waits for no
    // disk, and what a crash of the server forgets is at most a minute's count.
    this.addSql(`
      create unlogged table token_quota (
        token_id bigint primary key references api_token on delete cascade,
        window_start timestamptz not null, leased bigint not null)
      with (fillfactor = 50)`);
  }
}
