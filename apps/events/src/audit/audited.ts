import { onDatabase } from '../connections.js';
import { isInterruption } from '../events.errors.js';
import { note, type Tool } from '../tool.js';

/** A command of an operator, as the audit trail has it. */
interface OperatorCommand<Result> {
  /** For example `rebuild`; the trail has it as `operator.rebuild`. */
  name: string;
  /** What it is done to. */
  target?: string;
  /** What is known before it begins. */
  details?: object;
  /** What is known once it is done. */
  outcome?: (result: Result) => object;
}

/** Runs the work of a command, and notes it in the audit trail: a failed one too, since a part of it may be done. */
export async function audited<Result>(
  tool: Tool,
  { name, target, details, outcome }: OperatorCommand<Result>,
  work: () => Promise<Result>,
): Promise<Result> {
  try {
    const result = await work();
    await noteCommand(tool, name, target, { ...details, ...outcome?.(result) });
    return result;
  } catch (error) {
    await noteCommand(tool, name, target, { ...details, ended: isInterruption(error) ? 'interrupted' : 'failed' });
    throw error;
  }
}

/** The trail of the gateway has operators' commands; that of the auth app has them where the gateway's database is not named. */
async function noteCommand(tool: Tool, name: string, target: string | undefined, details: object): Promise<void> {
  try {
    const url = tool.env.auditDatabaseUrl;
    if (!url) return note(tool, 'The audit trail lacks this command: no database is named.');
    await onDatabase(url, (database) =>
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
