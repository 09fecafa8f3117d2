import { createWriteStream } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { counted } from '#app/terminal';
import { audited } from '../audit/audited.js';
import { onDatabase } from '../connections.js';
import { Refused } from '../events.errors.js';
import { print, printJson, type Tool } from '../tool.js';
import { AUTH_DUMP, GATEWAY_DUMP } from './dump-tables.js';
import { dumpedLines, type Dumped, type Positions } from './dumped-lines.js';
import { KeyedPseudonyms } from './keyed-pseudonyms.js';

export interface DumpOptions {
  /** A new folder. */
  out: string;
  json?: boolean;
}

/** Writes the rows of both databases as SQL, without personal data. */
export async function dump({ out, json }: DumpOptions, tool: Tool): Promise<void> {
  const { env, signal } = tool;
  await mkdir(out, { mode: 0o700 }).catch((error: unknown) => {
    throw new Refused(`${out} can't be made: ${(error as { code?: string }).code}.`);
  });
  // One for both: an email is the same in the two databases.
  const pseudonyms = new KeyedPseudonyms();
  const positions: Positions = { greatest: 0 };
  // The gateway's last: its moment is the later one, so that no login of the other is newer than its contact.
  const databases = [
    { name: 'auth', url: env.authDatabaseUrl, dumped: AUTH_DUMP },
    { name: 'gateway', url: env.gatewayDatabaseUrl, dumped: GATEWAY_DUMP },
  ];
  await audited(tool, { name: 'dump' }, async () => {
    for (const { name, url, dumped } of databases) {
      const count: Dumped = { rows: 0 };
      const file = join(out, `${name}.sql`);
      await onDatabase(url, (database) => {
        const lines = dumpedLines({ database, dumped, pseudonyms, positions, count, name });
        return pipeline(Readable.from(lines), createWriteStream(file, { flags: 'wx', mode: 0o600 }), { signal });
      });
      if (json) printJson(tool, { file, rows: count.rows });
      else print(tool, `${counted(count.rows, 'row')} in ${file}.`);
    }
  });
}
