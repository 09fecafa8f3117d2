import Sequencer from '@jest/test-sequencer';

/** The longest specs, with their seconds: a worker that began one of them last would end long after the others. */
const LONG_SECONDS = {
  repair: 40,
  erasure: 35,
  'auth-consumer': 32,
  faults: 30,
  'close-company': 29,
  shutdown: 27,
  'event-feed': 25,
  'partial-faults': 24,
  relay: 23,
  'planted-defects': 20,
};
/** Other specs of 10 to 20 s. */
const LONG = `
  attack-defects attacks attacks-sign-in auth-document auth-marks auth-sessions broker-away database-away delete-company event-stream
  events-tool export foreign-members fuzz generated-client kafka kafka-event.strategy list-plans log-output long-history
  other-languages outbox-bound package preconditions races recorded-history repair-takeover resync resync-companies secrets set-up
  token-command tokens tracing write-deadline
`.split(/\s+/);
const LONG_USUAL_SECONDS = 15;
const UNKNOWN_MS = { system: 3_000, unit: 500 };

/** Starts long specs first, also in a clone that has not measured them yet. */
export default class LongFirst extends Sequencer {
  time(test) {
    return super.time(test) ?? expectedMs(test.path);
  }
}

function expectedMs(path) {
  const name = /([^/]+)\.(int|e2e)-spec\.ts$/.exec(path)?.[1];
  if (name === undefined) return UNKNOWN_MS.unit;
  const seconds = LONG_SECONDS[name] ?? (LONG.includes(name) ? LONG_USUAL_SECONDS : undefined);
  return seconds === undefined ? UNKNOWN_MS.system : seconds * 1000;
}
