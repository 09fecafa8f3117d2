import { spawnSync } from 'node:child_process';
import { chmodSync, chownSync, mkdirSync, readdirSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import type { PostgresServer } from '#app/system';
import pg from 'pg';

/** Settings of a server whose write-ahead log is archived into the folder. */
export const archivingTo = (folder: string): Record<string, string> => ({
  archive_mode: 'on',
  archive_command: `test ! -f ${folder}/%f && cp %p ${folder}/%f`,
  wal_level: 'replica',
});

/** Makes a folder that the server's user can write. */
export function archiveFolder(path: string): string {
  mkdirSync(path, { recursive: true });
  chmodSync(path, 0o777);
  return path;
}

/** A PostgreSQL with a base backup and an archive of its write-ahead log: it can go back to a moment. */
export class ArchivedPostgres {
  private readonly backup: string;

  constructor(
    readonly server: PostgresServer,
    private readonly archive: string,
  ) {
    this.backup = `${server.options.dataDir}.backup`;
  }

  /** Takes a base backup by PostgreSQL's own functions while the server works: as pg_basebackup does, which must be of the server's version. */
  async takeBackup(): Promise<void> {
    // The backup belongs to one session, from its start to its stop.
    await this.withAdmin(async (admin) => {
      await admin.query(`select pg_backup_start('drill', true)`);
      copyWorking(this.server.options.dataDir, this.backup);
      const { rows } = await admin.query<{ labelfile: string }>('select labelfile from pg_backup_stop(true)');
      this.write('backup_label', rows[0]!.labelfile);
    });
  }

  /** A moment to which the server can go back: what was committed before it is in the archive. */
  async moment(): Promise<string> {
    return this.withAdmin(async (admin) => {
      const { rows } = await admin.query<{ now: string }>('select clock_timestamp()::text as now');
      return rows[0]!.now;
    });
  }

  /** Waits until everything up to now is in the archive. */
  async archiveAll(): Promise<void> {
    await this.withAdmin(async (admin) => {
      const { rows } = await admin.query<{ name: string }>('select pg_walfile_name(pg_switch_wal()) as name');
      for (const deadline = Date.now() + 30_000; Date.now() < deadline;) {
        if (readdirSync(this.archive).includes(rows[0]!.name)) return;
        await admin.query('select pg_sleep(0.1)');
      }
      throw new Error(`${rows[0]!.name} did not reach the archive.`);
    });
  }

  /** Ends the server as a crash does, and throws its data away. */
  async destroy(): Promise<void> {
    await this.server.stop('SIGQUIT');
    rmSync(this.server.options.dataDir, { recursive: true, force: true });
  }

  /** Restores the backup and the log up to a moment, and starts the server. */
  async restoreTo(moment: string): Promise<void> {
    this.write('recovery.signal', '');
    const settings = {
      restore_command: `cp ${this.archive}/%f %p`,
      recovery_target_time: moment,
      recovery_target_action: 'promote',
    };
    this.write(
      'postgresql.auto.conf',
      Object.entries(settings)
        .map(([name, value]) => `${name} = '${value}'\n`)
        .join(''),
    );
    renameSync(this.backup, this.server.options.dataDir);
    await this.server.start();
    await this.untilPromoted();
  }

  private async untilPromoted(): Promise<void> {
    await this.withAdmin(async (admin) => {
      for (const deadline = Date.now() + 60_000; Date.now() < deadline; await admin.query('select pg_sleep(0.1)')) {
        const { rows } = await admin.query<{ recovers: boolean }>('select pg_is_in_recovery() as recovers');
        if (!rows[0]!.recovers) return;
      }
      throw new Error('The restored server does not end its recovery.');
    });
  }

  /** Writes a file of the backup that the server's user owns. */
  private write(name: string, text: string): void {
    const file = join(this.backup, name);
    writeFileSync(file, text, { mode: 0o600 });
    const { uid, gid } = statSync(this.backup);
    chownSync(file, uid, gid);
  }

  private async withAdmin<T>(work: (admin: pg.Client) => Promise<T>): Promise<T> {
    const admin = new pg.Client({ connectionString: this.server.adminUrl });
    await admin.connect();
    try {
      return await work(admin);
    } finally {
      await admin.end();
    }
  }
}

/** Copies a data folder in use: files that go meanwhile are no harm, the log brings back what they held. The log itself is in the archive. */
function copyWorking(from: string, to: string): void {
  rmSync(to, { recursive: true, force: true });
  const { status, stderr } = spawnSync('cp', ['-a', from, to], { encoding: 'utf8' });
  const others = stderr.split('\n').filter((line) => line !== '' && !line.includes('No such file or directory'));
  if (status !== 0 && others.length > 0) throw new Error(`The backup was not copied: ${others.slice(0, 3).join('; ')}`);
  rmSync(join(to, 'postmaster.pid'), { force: true });
  for (const file of readdirSync(join(to, 'pg_wal'), { withFileTypes: true }))
    if (file.isFile()) rmSync(join(to, 'pg_wal', file.name));
}
