import type { Paint } from '../colours.js';
import type { ShownRecord } from '../reading/shown-record.js';
import { timeOf, valueOf } from '../tail/event-line.js';
import type { Attempt } from './attempt.js';

/** An attempt as one line: event, status and milliseconds. */
export function forwardLine(
  { timestamp, name, contactId, companyId, version }: ShownRecord,
  attempt: Attempt,
  paint: Paint,
): string {
  const { status, ms, reason, againMs, number } = attempt;
  const isDone = status !== null && status >= 200 && status < 300;
  const answer = status === null ? valueOf(reason ?? 'no answer') : String(status);
  const again = againMs === undefined ? 'given up' : `again in ${(againMs / 1_000).toFixed(1)} s`;
  return [
    paint('gray', timeOf(timestamp)),
    name.padEnd('PortalLoginChanged'.length),
    `${contactId ?? companyId} v${version}`.padEnd(9),
    `${paint(isDone ? 'green' : 'red', answer)} in ${ms} ms`,
    ...(isDone ? [] : [paint('yellow', `attempt ${number}, ${again}`)]),
  ].join('  ');
}

/** An attempt for machines. */
export const forwardJson = ({ name, id, contactId, companyId, version }: ShownRecord, attempt: Attempt): object => ({
  name,
  id,
  ...(companyId === null ? { contact_id: contactId } : { company_id: companyId }),
  version,
  attempt: attempt.number,
  status: attempt.status,
  ms: attempt.ms,
  ...(attempt.reason !== undefined && { reason: attempt.reason }),
  ...(attempt.againMs !== undefined && { again_ms: Math.round(attempt.againMs) }),
});
