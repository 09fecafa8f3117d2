import pg from 'pg';

/** Write-ahead files of 16 MB each: as many as a run fills where the gateway has 6,000 updates a second (40 s with 5 KB each, and the rival's). */
const FILES = 128;

/**
 * Gives a new server the write-ahead files of one that has run for a while. A file that is made anew is filled with zeros and flushed, and
 * every commit waits meanwhile; a file of before is used again as it is. A setting of a run alone: the files keep 2 GB of disk.
 * @param adminUrl the superuser's
 */
export const recycleWal = (adminUrl: string): Promise<void> =>
  withSql(adminUrl, async (sql) => {
    await sql.query(`alter system set min_wal_size = '${FILES * 16}MB'`);
    await sql.query('select pg_reload_conf()');
    for (let file = 0; file < FILES; file++)
      await sql.query(`select pg_logical_emit_message(false, 'bench', 'a new file'), pg_switch_wal()`);
    await sql.query('checkpoint');
  });

/** Writes seeded rows to the disk; else the system does so in the middle of a measurement. */
export const flushTables = (adminUrl: string): Promise<void> =>
  withSql(adminUrl, async (sql) => void (await sql.query('checkpoint')));

async function withSql(url: string, work: (sql: pg.Client) => Promise<void>): Promise<void> {
  const sql = new pg.Client({ connectionString: url });
  await sql.connect();
  try {
    await work(sql);
  } finally {
    await sql.end();
  }
}
