import type { DatabaseUrl } from '#app/postgres';
import { onDatabase } from '../connections.js';
import { note, type Tool } from '../tool.js';

interface DoneCommand {
  /** For example `rebuild`; the trail has it as `operator.rebuild`. */
  name: string;
  target?: string;
  details?: object;
}

/** Writes an operator's action to an app's audit trail. The command is done by then: a failure is printed, and changes nothing. */
export async function recordCommand(
  databaseUrl: DatabaseUrl,
  { name, target, details = {} }: DoneCommand,
  tool: Tool,
): Promise<void> {
  try {
    await onDatabase(databaseUrl, (database) =>
      database.query('insert into audit_entry (actor, action, target, request_id, details) values ($1, $2, $3, null, $4)', [
        'operator',
        `operator.${name}`,
        target ?? null,
        JSON.stringify(details),
      ]),
    );
  } catch (error) {
    note(tool, `The audit trail lacks this command: ${(error as Error).message}`);
  }
}
