import type { Violation } from '../check/evidence.js';
import type { Load } from '../load/load.js';
import type { SeededRandom } from '#app/system/testing';
import type { TopicReader } from '#app/system/testing';
import type { HealthStatus } from '#app/system';
import type { System } from '../system/system.js';

/** The tools of a fault during the load. */
export interface FaultContext {
  system: System;
  load: Load;
  random: SeededRandom;
  reader: TopicReader;
  /** Lets the fault last, and at its end checks the expected health. */
  lasts: (seconds: number, expected?: ExpectedHealth) => Promise<void>;
  /** How long a fault lasts by default. */
  seconds: number;
  /** Whether a part of the fault is enough, because the tests have little time. */
  brief: boolean;
  /** Waits until all events are published and applied, as long as that goes on. @returns false, and a violation, where it stops before */
  rest: () => Promise<boolean>;
  /** Waits until all events are published and applied. @returns what is pending when the time is over */
  settlesWithin: (timeoutMs: number) => Promise<string[]>;
  /** Number of records in the topic of dead letters. */
  deadLetterCount: () => Promise<number>;
  /** Adds a remark to the table. */
  note: (text: string) => void;
  violate: (violation: Violation) => void;
}

/** The expected `/health` of each replica at the end of a fault; `leader` is the gateway that publishes. */
export type ExpectedHealth = Partial<Record<'gateway' | 'auth' | 'leader', readonly HealthStatus[]>>;

/** A fault and its repair. */
export interface Fault {
  number: number;
  name: string;
  /** Whether it needs three brokers, with topics on all of them. */
  brokers?: 3;
  /** How it differs from the intended fault, if it does. */
  approximation?: string;
  /** Why this machine cannot cause it; null where it can. */
  obstacle?: () => string | null;
  /** The fault takes a database away, or a process from it: readiness is not watched. */
  touchesDatabase?: true;
  /** Violations that the fault must show. */
  wanted?: readonly Violation['invariant'][];
  /** Causes the fault and repairs it while the load continues. */
  run: (context: FaultContext) => Promise<void>;
}
