import Sequencer from '@jest/test-sequencer';

/** Specs of 15 s and more: a worker that began one of them last would end long after the others. */
const LONG =
  /(rollout|dashboard|faults|planted-defects|relay|erasure|repair|repair-takeover|resync|shutdown|broker-away|attacks-sign-in|auth-consumer|auth-sessions|set-up|partial-faults|kafka-event\.strategy|event-feed|servers\/kafka|token-command)\.(int|e2e)-spec\.ts$/;
const UNKNOWN_MS = { long: 30_000, system: 3_000, unit: 500 };

/** Starts long specs first, also in a clone that has not measured them yet. */
export default class LongFirst extends Sequencer {
  time(test) {
    const kind = LONG.test(test.path) ? 'long' : /-spec\.ts$/.test(test.path) ? 'system' : 'unit';
    return super.time(test) ?? UNKNOWN_MS[kind];
  }
}
