import { loginEmailKey } from '#app/contracts';
import { Migration } from '@mikro-orm/migrations';

const BATCH = 5_000;

/** The key of every contact's email, with a login or not: an upsert finds contacts by it. */
export class AddContactEmailKey extends Migration {
  override async up(): Promise<void> {
    await this.execute('alter table contact add column email_key text');
    await this.fillIn();
    this.addSql(`create index contact_email_key on contact (email_key) where email_key is not null`);
  }

  /** A function of the contracts makes the key; SQL does not have it. */
  private async fillIn(): Promise<void> {
    for (let last = '0'; ;) {
      const page = `select id::text, email from contact where id > ? and email is not null order by id limit ${BATCH}`;
      const rows = (await this.execute(page, [last])) as { id: string; email: string }[];
      if (rows.length === 0) return;
      last = rows.at(-1)!.id;
      const keys = JSON.stringify(rows.map(({ id, email }) => ({ id, key: loginEmailKey(email) })));
      await this.execute(
        `update contact c set email_key = k.key from json_to_recordset(?::json) as k(id bigint, key text) where c.id = k.id`,
        [keys],
      );
    }
  }
}
