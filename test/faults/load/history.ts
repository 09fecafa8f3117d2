/**
 * The outcome of a request for its caller: it was done, it was refused and changed nothing, or it is unknown (a 503, a cut
 * connection).
 */
export type Outcome = 'ok' | 'fail' | 'info';

/** One attempt of a request. */
export interface Attempt {
  /** `X-Request-Id`; events have it as their correlation id. */
  requestId: string;
  /** The replica that got the request. */
  gateway: string;
  /** Milliseconds since 1970. */
  at: number;
  ms: number;
  /** Null where no answer came. */
  status: number | null;
  outcome: Outcome;
  retryAfter: string | null;
  replayed: boolean;
  /** Whether no answer came in time although the replica was awake. */
  hung: boolean;
  /** Why no answer came, or the code of a refusal. */
  reason?: string;
}

export type OperationKind = 'create' | 'update' | 'password' | 'remove-login' | 'delete';

/** The contact in the answer. */
export type ShownContact = Readonly<Record<string, unknown>> & { id: string; version: number };

/** One request of a client, with its repetitions under the same key. */
export interface Operation {
  kind: OperationKind;
  /** Null for a creation without an answer. */
  contactId: number | null;
  method: string;
  path: string;
  body: Readonly<Record<string, unknown>> | undefined;
  key: string | undefined;
  /** Operations that race for one thing; one of them may win. */
  race?: string;
  attempts: Attempt[];
  outcome: Outcome;
  contact: ShownContact | undefined;
  loginVersion: number | undefined;
}

/** All operations, in the order of their start. */
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
 * The outcome of a finished operation.
 *
 * Without a key, unknown stays unknown. With a key, a later answer decides, except a refusal after an unknown attempt:
 * that attempt may still be running, or its result may be gone with its contact.
 */
export function outcomeOf(attempts: readonly Attempt[]): Outcome {
  const last = attempts.at(-1);
  if (!last) return 'info';
  if (last.outcome !== 'fail') return last.outcome;
  return attempts.some(({ outcome }) => outcome === 'info') ? 'info' : 'fail';
}
