import type { TopicRecord } from '#app/system/testing';
import type { Operation } from '../../faults/load/history.js';

/** What a restored gateway knows of a contact. */
export interface RestoredContact {
  id: number;
  version: number;
  loginVersion: number;
}

/** A database that went back to a moment. */
export interface Restored {
  moment: Date;
  contacts: readonly RestoredContact[];
}

/** An answered change that the restored database lacks. */
export interface LostAnswer {
  at: string;
  kind: Operation['kind'];
  contactId: number;
  /** The version that was answered, and the one that was restored; null for a contact that is not there. */
  version: number | null;
  restored: number | null;
  requestId: string;
  /** Whether its event is on the topics: then an operator finds it there too, by its request id. */
  isOnTopics: boolean;
}

/** Lists the answers of a load that a restored database lacks. */
export function lostAnswers(
  operations: readonly Operation[],
  { moment, contacts }: Restored,
  records: readonly TopicRecord[],
): LostAnswer[] {
  const restored = new Map(contacts.map((contact) => [contact.id, contact]));
  const published = new Set(records.map(({ headers }) => headers['ce_correlationid']));
  const answered = operations.filter(({ outcome }) => outcome === 'ok');
  const late = new Set(answered.filter((operation) => isCreatedAfter(operation, moment)).map(({ contactId }) => contactId));
  return answered
    .filter((operation) => isLost(operation, restored.get(operation.contactId!), late))
    .map(({ attempts, kind, contactId, contact }) => {
      const last = attempts.at(-1)!;
      return {
        at: new Date(last.at).toISOString(),
        kind,
        contactId: contactId!,
        version: contact?.version ?? null,
        restored: restored.get(contactId!)?.version ?? null,
        requestId: last.requestId,
        isOnTopics: attempts.some(({ requestId }) => published.has(requestId)),
      };
    });
}

/** An answer that changed nothing has a version that the restored contact has too. */
function isLost(
  { kind, contactId, contact, loginVersion }: Operation,
  restored: RestoredContact | undefined,
  late: ReadonlySet<number | null>,
): boolean {
  // A contact that is not there was made after the moment, or deleted before it.
  if (!restored) return late.has(contactId);
  if (kind === 'delete') return true;
  return (contact?.version ?? 0) > restored.version || (loginVersion ?? 0) > restored.loginVersion;
}

function isCreatedAfter({ kind, attempts }: Operation, moment: Date): boolean {
  const { at, ms } = attempts.at(-1)!;
  return kind === 'create' && at + ms > moment.getTime();
}
