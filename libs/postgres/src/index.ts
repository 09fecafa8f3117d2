export * from './bound-query.js';
export * from './query-timeout-client.js';
export * from './pool.js';
export * from './postgres-errors.js';
export * from './postgres-options.js';
export * from './transaction.js';
export * from './statement-pool.js';
