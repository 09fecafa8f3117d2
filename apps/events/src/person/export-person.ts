import { writeFile } from 'node:fs/promises';
import { audited } from '../audit/audited.js';
import { onDatabase } from '../connections.js';
import { Refused } from '../events.errors.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { print, type Tool } from '../tool.js';
import { heldRecords } from './held-records.js';
import { AUTH_TABLES, GATEWAY_TABLES, heldRows } from './held-rows.js';

export interface ExportPersonOptions {
  contact: number;
  out?: string;
}

const NOTES = [
  'Credentials are withheld: the gateway and the topic have them sealed, the auth app too; nobody can read the password.',
  'Counts of failed sign-ins of the last 15 minutes are under keyed hashes, and cannot be found by a contact.',
  'Logs have ids of requests and of contacts, for as long as the operator keeps them. Backups are as old as the operator keeps them.',
];

/** Collects what is held of a contact. */
export async function exportPerson({ contact, out }: ExportPersonOptions, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const { gateway, auth, topics } = await audited(tool, { name: 'export-person', target: `contact:${contact}` }, async () => ({
    gateway: await onDatabase(env.gatewayDatabaseUrl, (database) => heldRows(database, GATEWAY_TABLES, contact)),
    auth: await onDatabase(env.authDatabaseUrl, (database) => heldRows(database, AUTH_TABLES, contact)),
    topics: await heldRecords(contact, tool),
  }));
  const text = JSON.stringify(
    { contact_id: contact, at: new Date().toISOString(), gateway, auth, topics, notes: NOTES },
    null,
    2,
  );
  if (out === undefined) print(tool, text);
  else await writeNew(out, `${text}\n`);
  const parts = [gateway, auth, topics].flatMap((each) => Object.keys(each));
  if (out !== undefined) print(tool, `${parts.length} parts written to ${out}.`);
  return parts.length === 0 ? EXIT.found : EXIT.done;
}

async function writeNew(file: string, text: string): Promise<void> {
  await writeFile(file, text, { mode: 0o600, flag: 'wx' }).catch((error: unknown) => {
    if ((error as { code?: string }).code === 'EEXIST') throw new Refused(`${file} is there already.`);
    throw error;
  });
}
