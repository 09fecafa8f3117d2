import { Migration } from '@mikro-orm/migrations';

export class CompleteApiTokens extends Migration {
  override up(): void {
    // Told by a mark and not by its name, which any token may have.
    this.addSql(`alter table api_token add column is_seeded boolean not null default false`);
    this.addSql(`update api_token set is_seeded = true where name = 'API_TOKEN'`);
  }
}
