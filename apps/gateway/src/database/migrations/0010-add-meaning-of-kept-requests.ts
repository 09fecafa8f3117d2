import { Migration } from '@mikro-orm/migrations';

export class AddMeaningOfKeptRequests extends Migration {
  override up(): void {
    this.addSql(`set local lock_timeout = '500ms'`);
    // Null in rows of a release that compared requests by their spelling.
    this.addSql(`alter table idempotency_key add column meaning bytea`);
  }
}
