import {
  eachChangeHasItsEvent,
  eachEventHasItsChange,
  firstDeliveriesAreInOrder,
  keyedRequestsHappenOnce,
  lastRecordIsNewest,
  repetitionsAreTheSame,
} from './delivery.invariants.js';
import type { Evidence, InvariantName, Violation } from './evidence.js';
import { bothAppsAreEqual, failuresAreTold, noSecretIsOut, oneLoginPerEmail, recoversAlone } from './state.invariants.js';

/** What must hold whatever dies, in the words of the design. */
export const INVARIANTS: Readonly<Record<InvariantName, (evidence: Evidence) => Violation[]>> = {
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
};

/** All that does not hold. */
export const violationsOf = (evidence: Evidence): Violation[] => Object.values(INVARIANTS).flatMap((check) => check(evidence));
