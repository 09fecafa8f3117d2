// For programs that start often: what needs no ORM, which takes longer to load than a set-up to run.
export type { DatabaseUrl } from '#app/settings';
export * from './describe-error.js';
export * from './grants.js';
export * from './iso-time.js';
export * from './migrated.js';
export * from './postgres-client.js';
export * from './postgres-errors.js';
export * from './preconditions.js';
export * from './session-settings.js';
