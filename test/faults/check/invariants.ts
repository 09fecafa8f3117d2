import {
  eachChangeHasItsEvent,
  eachEventHasItsChange,
  firstDeliveriesAreInOrder,
  keyedRequestsHappenOnce,
  lastRecordIsNewest,
  recordsAreNotMultiplied,
  repetitionsAreTheSame,
} from './delivery.invariants.js';
import type { Evidence, InvariantName, Violation } from './evidence.js';
import { bothAppsAreEqual, failuresAreTold, noSecretIsOut, oneLoginPerEmail, recoversAlone } from './state.invariants.js';

/** Invariants that are checked after every fault. */
export type CheckedName = Exclude<InvariantName, 'I13' | 'I14'>;

/** Invariants of every fault. Single faults check I13 (no 503 for an untouched contact) and I14 (readiness) where they can break. */
export const INVARIANTS: Readonly<Record<CheckedName, (evidence: Evidence) => Violation[]>> = {
  I1: eachChangeHasItsEvent,
  I2: eachEventHasItsChange,
  I3: firstDeliveriesAreInOrder,
  I4: repetitionsAreTheSame,
  I5: bothAppsAreEqual,
  I6: oneLoginPerEmail,
  I7: noSecretIsOut,
  I8: recoversAlone,
  I9: lastRecordIsNewest,
  I10: failuresAreTold,
  I11: keyedRequestsHappenOnce,
  I12: recordsAreNotMultiplied,
};

/** All violations. */
export const violationsOf = (evidence: Evidence): Violation[] => Object.values(INVARIANTS).flatMap((check) => check(evidence));
