import type { DatabaseUrl } from '#app/postgres/light';
import { counted } from '#app/terminal';
import { onDatabase } from '../connections.js';
import { Refused } from '../events.errors.js';
import { print, printJson, type Tool } from '../tool.js';
import { authLogins } from '../verify/login-tables.js';
import { effectOf, surveyOf, type HeldLogin } from './replay-plan.js';
import type { ReplaySource } from './replay-source.js';
import type { ReplayOptions } from './replay.options.js';

/** Prints how the auth app would apply the records, given its logins. */
export async function showEffect(source: ReplaySource, { json }: ReplayOptions, tool: Tool): Promise<void> {
  const { records, keys } = await surveyOf(source, false);
  if (records === 0) throw new Refused(`There is nothing to replay in that range of ${source.name}.`);
  const effect = await effectOf(source.records(), await heldLogins(tool.env.authDatabaseUrl));
  if (json) return printJson(tool, { dry_run: true, records, contacts: keys.size, auth: effect });
  print(tool, `${counted(records, 'record')} of ${counted(keys.size, 'contact')} of ${source.name}.`);
  print(tool, `The auth app would apply ${effect.applied} and skip ${effect.skipped}, which it has already.`);
  print(tool, 'Nothing was written.');
}

/** The auth app's logins, by contact. */
const heldLogins = (url: DatabaseUrl): Promise<Map<number, HeldLogin>> =>
  onDatabase(url, async (database) => {
    const held = new Map<number, HeldLogin>();
    for await (const { contactId, version, credential, isRemoved } of authLogins(database, 'all'))
      held.set(contactId, { version, lacksCredential: credential === null && !isRemoved });
    return held;
  });
