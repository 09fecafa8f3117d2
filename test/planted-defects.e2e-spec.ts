import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InvariantName } from './faults/check/evidence.js';
import { DEFECTS } from './faults/defects/defects.js';
import { around } from './faults/seams/around.js';
import { DeliveryWorld } from './delivery.harness.js';
import * as scenarios from './planted-defects.scenarios.js';

/** The longest that a system without a defect takes to come to rest, on a busy machine. */
const SETTLED_WITHIN_MS = 40_000;

/** A defect, the scenario for it, and the invariant that it breaks. */
interface Case {
  defect: string;
  scenario: scenarios.Scenario;
  breaks: InvariantName;
  /** How long a broken system may take to come to rest. */
  restWithinMs?: number;
  /** Removes what the defect has left, so that the next case comes to rest. */
  repair?: scenarios.Scenario;
}

const CASES: Case[] = [
  // The first, while there is little to read again.
  {
    defect: 'from-the-end',
    scenario: scenarios.authBeginsWithNothing,
    breaks: 'I5',
    restWithinMs: 2_000,
    repair: (world) => world.restartAuth(),
  },
  { defect: 'cursor-on-id', scenario: scenarios.slowTransactionBehindAFastOne, breaks: 'I1', restWithinMs: 500 },
  { defect: 'no-lease', scenario: scenarios.twoRelaysOfWhichOneIsSlow, breaks: 'I9' },
  { defect: 'skip-locked', scenario: scenarios.twoRelaysOfWhichOneIsSlow, breaks: 'I3' },
  { defect: 'delete-before-ack', scenario: scenarios.brokerRefusesOnce, breaks: 'I1' },
  { defect: 'no-coverage-check', scenario: scenarios.sendResolvesWithoutAPartition, breaks: 'I1' },
  { defect: 'producer-kept', scenario: scenarios.answersOfTheBrokerAreLost, breaks: 'I1', restWithinMs: 500 },
  { defect: 'position-before-claim', scenario: scenarios.emailMovesWhileAClaimIsOnItsWay, breaks: 'I6' },
  { defect: 'removed-row-deleted', scenario: scenarios.repetitionBehindARemoval, breaks: 'I5' },
  { defect: 'offset-before-commit', scenario: scenarios.partitionMovesBeforeTheCommit, breaks: 'I5', restWithinMs: 2_000 },
  { defect: 'password-in-log', scenario: scenarios.passwordIsSet, breaks: 'I7' },
  // These come last: their effects stay.
  { defect: 'hash-in-event', scenario: scenarios.passwordIsSet, breaks: 'I7', restWithinMs: 1_000 },
  { defect: 'error-swallowed', scenario: scenarios.databaseFailsOnce, breaks: 'I5', restWithinMs: 1_000 },
];

let world: DeliveryWorld;
let quiet: () => void;

beforeAll(async () => {
  world = await DeliveryWorld.start();
  quiet = around(console, 'log', (_log, args: unknown[]) => void world.logged.push(args.join(' ')));
});
afterAll(async () => {
  quiet();
  await world.close();
});

describe.each(CASES)('the planted defect $defect', ({ defect, scenario, breaks, restWithinMs = SETTLED_WITHIN_MS, repair }) => {
  it(`when it is planted / ${breaks} reports it, and reports nothing without it`, async () => {
    expect(await world.brokenBy(scenario, SETTLED_WITHIN_MS)).not.toContain(breaks);
    const takeOut = DEFECTS[defect]!.plant();
    try {
      expect(await world.brokenBy(scenario, restWithinMs)).toContain(breaks);
    } finally {
      takeOut();
      // The relay may be in the defect's endless loop.
      await world.interruptRelay();
      await repair?.(world);
    }
  });
});
