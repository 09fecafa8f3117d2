import type { Violation } from '../check/evidence.js';
import type { Load } from '../load/load.js';
import type { SeededRandom } from '#app/system/testing';
import type { TopicReader } from '#app/system/testing';
import type { HealthStatus } from '#app/system';
import type { System } from '../system/system.js';

/** What a fault works with while the load runs. */
export interface FaultContext {
  system: System;
  load: Load;
  random: SeededRandom;
  reader: TopicReader;
  /** Lets the fault last, and looks at the end of it whether health tells the expected. */
  lasts: (seconds: number, expected?: ExpectedHealth) => Promise<void>;
  /** How long a fault lasts unless it needs another time. */
  seconds: number;
  /** Whether a part of the fault is enough: the tests have little time. */
  brief: boolean;
  /** Lets the load rest until all that was answered has arrived everywhere. */
  rest: () => Promise<void>;
  /** Waits until all events are published and applied. @returns what is pending when time is out */
  settlesWithin: (timeoutMs: number) => Promise<string[]>;
  /** Records in the dead letters. */
  deadLetterCount: () => Promise<number>;
  /** Says what is worth a line in the table. */
  note: (text: string) => void;
  violate: (violation: Violation) => void;
}

/** What `/health` of each replica has to say at the end of a fault; `leader` is the gateway that publishes. */
export type ExpectedHealth = Partial<Record<'gateway' | 'auth' | 'leader', readonly HealthStatus[]>>;

/** Something that goes wrong, and is repaired. */
export interface Fault {
  number: number;
  name: string;
  /** Three brokers side by side, topics on all of them. */
  brokers?: 3;
  /** How this differs from the fault as it was meant, where it does. */
  approximation?: string;
  /** Why it can't be caused on this machine; null where it can. */
  obstacle?: () => string | null;
  /** Violations that are what the fault is to show. */
  wanted?: readonly Violation['invariant'][];
  /** Causes the fault and heals it; the load goes on meanwhile. */
  run: (context: FaultContext) => Promise<void>;
}
