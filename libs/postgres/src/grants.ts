/** A database, the role that owns and migrates it, and the role of the app. */
export interface GrantOptions {
  database: string;
  owner: string;
  role: string;
}

/** What the role of an app needs: it reads and writes rows, and neither owns nor makes anything. */
export function grantStatements({ database, owner, role }: GrantOptions): string {
  const [db, own, app] = [database, owner, role].map(identifier);
  return `-- Run this in the database ${database}, as ${owner} or as a superuser, before or after the set-up.
revoke connect on database ${db} from public;
grant connect on database ${db} to ${app};
grant usage on schema public to ${app};
grant select, insert, update, delete on all tables in schema public to ${app};
grant usage on all sequences in schema public to ${app};
alter default privileges for role ${own} in schema public grant select, insert, update, delete on tables to ${app};
alter default privileges for role ${own} in schema public grant usage on sequences to ${app};`;
}

const identifier = (name: string): string => `"${name.replaceAll('"', '""')}"`;
