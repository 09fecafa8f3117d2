import { Migration } from '@mikro-orm/migrations';

export class CreateCompanyTags extends Migration {
  override up(): void {
    this.addSql(`
      create table company_tag (
        company_id bigint not null references company on delete cascade,
        tag_id bigint not null references tag,
        primary key (company_id, tag_id))`);
    this.addSql(`create index company_tag_tag on company_tag (tag_id)`);
  }
}
