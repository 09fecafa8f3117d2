import Sequencer from '@jest/test-sequencer';

/** Specs of some 10 s and more: a worker that began one of them last would end long after the others. */
const LONG = `
  attacks-sign-in auth-consumer auth-document auth-sessions broker-away close-company delete-company erasure event-feed events-tool
  export faults generated-client kafka kafka-event.strategy list-plans long-history other-languages package partial-faults
  planted-defects recorded-history relay repair repair-takeover resync resync-companies set-up shutdown token-command tracing
`.split(/\s+/);
const isLong = (path) => LONG.includes(/([^/]+)\.(int|e2e)-spec\.ts$/.exec(path)?.[1]);
const UNKNOWN_MS = { long: 30_000, system: 3_000, unit: 500 };

/** Starts long specs first, also in a clone that has not measured them yet. */
export default class LongFirst extends Sequencer {
  time(test) {
    const kind = isLong(test.path) ? 'long' : /-spec\.ts$/.test(test.path) ? 'system' : 'unit';
    return super.time(test) ?? UNKNOWN_MS[kind];
  }
}
