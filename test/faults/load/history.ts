/**
 * What a caller knows of a request: it was done, it was refused and changed nothing, or nobody can tell (a 503, a cut
 * connection).
 */
export type Outcome = 'ok' | 'fail' | 'info';

/** One time that a request was sent. */
export interface Attempt {
  /** `X-Request-Id`, which events carry as their correlation id. */
  requestId: string;
  /** The replica that it was sent to. */
  gateway: string;
  /** Milliseconds since 1970. */
  at: number;
  ms: number;
  /** Null where no answer came. */
  status: number | null;
  outcome: Outcome;
  retryAfter: string | null;
  replayed: boolean;
  /** Whether nobody answered in time, though the replica was awake all the while. */
  hung: boolean;
  /** Why no answer came, or the code of a refusal. */
  reason?: string;
}

export type OperationKind = 'create' | 'update' | 'password' | 'remove-login' | 'delete';

/** The contact as an answer shows it. */
export type ShownContact = Readonly<Record<string, unknown>> & { id: string; version: number };

/** One request of a client, with its repetitions under the same key. */
export interface Operation {
  kind: OperationKind;
  /** Null for a creation that was not answered. */
  contactId: number | null;
  method: string;
  path: string;
  body: Readonly<Record<string, unknown>> | undefined;
  key: string | undefined;
  /** Operations that race for one thing, of which one may win. */
  race?: string;
  attempts: Attempt[];
  outcome: Outcome;
  contact: ShownContact | undefined;
  loginVersion: number | undefined;
}

/** All that was asked, in the order in which it began. */
export class History {
  readonly operations: Operation[] = [];

  add(operation: Omit<Operation, 'attempts' | 'outcome' | 'contact' | 'loginVersion'>): Operation {
    const added: Operation = { ...operation, attempts: [], outcome: 'info', contact: undefined, loginVersion: undefined };
    this.operations.push(added);
    return added;
  }

  /** Operations by outcome. */
  counts(): Record<Outcome, number> {
    const counts = { ok: 0, fail: 0, info: 0 };
    for (const { outcome } of this.operations) counts[outcome]++;
    return counts;
  }
}

/**
 * What a finished operation came to.
 *
 * Unknown stays unknown without a key. With one a later answer tells, but a refusal after an unknown attempt tells nothing:
 * that attempt may still be at work, or its result may be gone with its contact.
 */
export function outcomeOf(attempts: readonly Attempt[]): Outcome {
  const last = attempts.at(-1);
  if (!last) return 'info';
  if (last.outcome !== 'fail') return last.outcome;
  return attempts.some(({ outcome }) => outcome === 'info') ? 'info' : 'fail';
}
