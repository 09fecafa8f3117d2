import type { Formation, Release } from './mixed-system.js';

/** A step of the drill: what runs, and which release publishes. */
export interface Step {
  name: string;
  formation: Formation;
  publishes: Release;
  /** Whether this release's set-ups run at its beginning. */
  setUp?: boolean;
}

const [former, current] = ['former', 'current'] as const;

/** An upgrade in the promised order, and the way back on the migrated database. */
export const STEPS: readonly Step[] = [
  { name: 'the former release alone', formation: { gateway: [former, former], auth: [former, former] }, publishes: former },
  {
    name: 'set-up of the current release beside it',
    formation: { gateway: [former, former], auth: [former, former] },
    publishes: former,
    setUp: true,
  },
  { name: 'one gateway upgraded', formation: { gateway: [former, current], auth: [former, former] }, publishes: former },
  {
    name: 'the upgraded gateway publishes',
    formation: { gateway: [former, current], auth: [former, former] },
    publishes: current,
  },
  { name: 'one auth app upgraded', formation: { gateway: [former, current], auth: [former, current] }, publishes: current },
  {
    name: 'current gateways, former auth apps',
    formation: { gateway: [current, current], auth: [former, former] },
    publishes: current,
  },
  {
    name: 'former gateways, current auth apps',
    formation: { gateway: [former, former], auth: [current, current] },
    publishes: former,
  },
  { name: 'back to the former release', formation: { gateway: [former, former], auth: [former, former] }, publishes: former },
  { name: 'the current release alone', formation: { gateway: [current, current], auth: [current, current] }, publishes: current },
];
