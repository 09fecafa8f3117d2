import { createRequire } from 'node:module';

const require = createRequire(import.meta.url);

/** A broker refuses a second sign-in within a second of the first. */
const EARLIEST_MS = 1_100;
const LONGEST_MARGIN_MS = 10_000;

interface ConnectionPrototype {
  /** Milliseconds that the broker accepts requests after a sign-in; 0 for ever. */
  sessionLifetime: { toNumber(): number };
  reauthenticationThreshold: number;
  isAuthenticated(this: ConnectionPrototype): boolean;
}

/** How long before the end of a session the client signs in again. */
export const marginOf = (lifetimeMs: number): number =>
  Math.max(0, Math.floor(Math.min(LONGEST_MARGIN_MS, lifetimeMs / 5, lifetimeMs - EARLIEST_MS)));

let patched = false;

/**
 * Trap: kafkajs signs in again ten seconds before a session ends. If sessions are shorter, it does so at once, and the broker refuses that
 * and all later requests.
 */
export function reauthenticateInTime(): void {
  if (patched) return;
  patched = true;
  const { prototype } = require('kafkajs/src/network/connection') as { prototype: ConnectionPrototype };
  // eslint-disable-next-line @typescript-eslint/unbound-method -- called with its `this` below
  const isAuthenticated = prototype.isAuthenticated;
  prototype.isAuthenticated = function (this: ConnectionPrototype) {
    this.reauthenticationThreshold = marginOf(this.sessionLifetime.toNumber());
    return isAuthenticated.call(this);
  };
}
