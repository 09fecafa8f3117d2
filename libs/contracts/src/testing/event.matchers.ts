import { decodeRecord } from '../event.codec.js';
import type { ReceivedRecord } from '../event.envelope.js';
import type { ContactSyncEvent, EventName } from '../events.js';
import { differences } from './differences.js';

/** A record, or a decoded event. */
export type Received = ReceivedRecord | ContactSyncEvent;

/** Expected fields of a record. Fields that are not named may have any value; lists must be equal. */
export interface ExpectedEvent {
  name?: EventName;
  /** `tombstone` for a record without a value. @default event */
  kind?: 'event' | 'tombstone';
  data?: object;
  [attribute: string]: unknown;
}

/** A matcher's result, for jest and compatible test runners. */
export interface Verdict {
  pass: boolean;
  message: () => string;
}

/** For `expect.extend(eventMatchers)`. */
export const eventMatchers = {
  /** The record is an event of this name that fits the contract and has the named data. */
  toBeEvent(this: void, received: Received, name: EventName, data: object = {}): Verdict {
    const lines = differences({ kind: 'event', name, data }, seen(received), { partial: true });
    return verdict(lines.length === 0, `a valid ${name}`, lines);
  },

  /** The records contain these events in this order; others may be between them. */
  toHaveRecorded(this: void, received: readonly Received[], ...expected: ExpectedEvent[]): Verdict {
    const records = received.map(seen);
    let next = 0;
    for (const [index, wanted] of expected.entries()) {
      const compared = records.slice(next).map((record) => differences(complete(wanted), record, { partial: true }));
      const found = compared.findIndex((lines) => lines.length === 0);
      if (found < 0) return verdict(false, `${titleOf(wanted)} (${index + 1} of ${expected.length})`, closest(compared, next));
      next += found + 1;
    }
    return verdict(true, expected.map(titleOf).join(', then '), []);
  },
};

/** The matchers as methods of a test runner's `expect`, for its TypeScript declaration. */
export interface EventMatchers<R> {
  toBeEvent: (name: EventName, data?: object) => R;
  toHaveRecorded: (...expected: ExpectedEvent[]) => R;
}

const complete = (expected: ExpectedEvent): ExpectedEvent => ({ kind: 'event', ...expected });

const titleOf = ({ kind = 'event', name }: ExpectedEvent): string =>
  [name, kind === 'tombstone' && 'tombstone'].filter(Boolean).join(' ') || 'event';

function seen(received: Received): object {
  if ('name' in received) return { kind: 'event', ...received };
  try {
    const decoded = decodeRecord(received);
    return decoded.kind === 'event' ? { kind: 'event', ...decoded.event } : decoded;
  } catch (error) {
    return { kind: `unreadable: ${(error as Error).message}` };
  }
}

/** The record with the fewest differences, and those differences. */
function closest(compared: readonly string[][], first: number): string[] {
  const fewest = Math.min(...compared.map(({ length }) => length));
  const index = compared.findIndex(({ length }) => length === fewest);
  if (index < 0) return ['no records are left'];
  return [`the closest is record ${first + index + 1}`, ...compared[index]!];
}

const verdict = (pass: boolean, what: string, lines: readonly string[]): Verdict => ({
  pass,
  message: () => (pass ? `Expected not: ${what}` : [`Expected ${what}:`, ...lines.map((line) => `  ${line}`)].join('\n')),
});
