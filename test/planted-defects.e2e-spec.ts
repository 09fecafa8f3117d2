import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { InvariantName } from './faults/check/evidence.js';
import { DEFECTS } from './faults/defects/defects.js';
import { around } from './faults/seams/around.js';
import { DeliveryWorld } from './delivery.harness.js';
import * as scenarios from './planted-defects.scenarios.js';

/** A defect, what happens to a system that has it, and which invariant that breaks. */
interface Case {
  defect: string;
  scenario: scenarios.Scenario;
  breaks: InvariantName;
  /** So long a broken system is waited for. */
  restWithinMs?: number;
}

const CASES: Case[] = [
  { defect: 'cursor-on-id', scenario: scenarios.slowTransactionBehindAFastOne, breaks: 'I1', restWithinMs: 500 },
  { defect: 'no-lease', scenario: scenarios.twoRelaysOfWhichOneIsSlow, breaks: 'I9' },
  { defect: 'skip-locked', scenario: scenarios.twoRelaysOfWhichOneIsSlow, breaks: 'I3' },
  { defect: 'delete-before-ack', scenario: scenarios.brokerRefusesOnce, breaks: 'I1' },
  { defect: 'no-coverage-check', scenario: scenarios.sendResolvesWithoutAPartition, breaks: 'I1' },
  { defect: 'producer-kept', scenario: scenarios.answersOfTheBrokerAreLost, breaks: 'I1', restWithinMs: 500 },
  { defect: 'position-before-claim', scenario: scenarios.emailMovesWhileAClaimIsOnItsWay, breaks: 'I6' },
  { defect: 'removed-row-deleted', scenario: scenarios.repetitionBehindARemoval, breaks: 'I5' },
  { defect: 'offset-before-commit', scenario: scenarios.partitionMovesBeforeTheCommit, breaks: 'I5' },
  { defect: 'password-in-log', scenario: scenarios.passwordIsSet, breaks: 'I7' },
  // The last three, for what they leave behind stays, or is cured by the next.
  { defect: 'hash-in-event', scenario: scenarios.passwordIsSet, breaks: 'I7', restWithinMs: 1_000 },
  { defect: 'error-swallowed', scenario: scenarios.databaseFailsOnce, breaks: 'I5', restWithinMs: 1_000 },
  { defect: 'from-the-end', scenario: scenarios.authBeginsWithNothing, breaks: 'I5', restWithinMs: 2_000 },
];

let world: DeliveryWorld;
let quiet: () => void;

beforeAll(async () => {
  world = await DeliveryWorld.start();
  quiet = around(console, 'log', (_log, args: unknown[]) => void world.logged.push(args.join(' ')));
}, 60_000);
afterAll(async () => {
  quiet();
  await world.close();
});

describe.each(CASES)('$defect', ({ defect, scenario, breaks, restWithinMs = 10_000 }) => {
  it(`is caught by ${breaks}, which holds without it whatever happens`, async () => {
    expect(await world.brokenBy(scenario, 10_000)).not.toContain(breaks);
    const takeOut = DEFECTS[defect]!.plant();
    try {
      expect(await world.brokenBy(scenario, restWithinMs)).toContain(breaks);
    } finally {
      takeOut();
      // The relay may be in a loop that was planted.
      await world.interruptRelay();
    }
  });
});
