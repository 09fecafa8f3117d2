import { audited } from '../audit/audited.js';
import { onDatabase } from '../connections.js';
import { EXIT, type ExitCode } from '../exit-code.js';
import { print, printJson, type Tool } from '../tool.js';
import { pathToWrite, writeWhole } from '../whole-file.js';
import { heldRecords } from './held-records.js';
import { AUTH_TABLES, GATEWAY_TABLES, heldRows } from './held-rows.js';

export interface ExportPersonOptions {
  contact: number;
  out?: string;
  json?: boolean;
}

const NOTES = [
  'Credentials are withheld: the gateway and the topic have them sealed, the auth app too; nobody can read the password.',
  'Counts of failed sign-ins of the last 15 minutes are under keyed hashes, and cannot be found by a contact.',
  'Logs have ids of requests and of contacts, for as long as the operator keeps them. Backups are as old as the operator keeps them.',
];

/** Collects what is held of a contact. */
export async function exportPerson({ contact, out, json }: ExportPersonOptions, tool: Tool): Promise<ExitCode> {
  const { env } = tool;
  const path = out === undefined ? undefined : await pathToWrite(out, `${out} is there already.`);
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
  const parts = [gateway, auth, topics].flatMap((each) => Object.keys(each));
  if (path === undefined) print(tool, text);
  else {
    await writeWhole(path, [`${text}\n`]);
    if (json) printJson(tool, { file: out, parts: parts.length });
    else print(tool, `${parts.length} parts written to ${out}.`);
  }
  return parts.length === 0 ? EXIT.found : EXIT.done;
}
