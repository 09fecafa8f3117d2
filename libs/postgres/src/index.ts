export * from './light.js';

export * from './bound-query.js';
export * from './joined-list.js';
export * from './migrate.js';
export * from './pool.js';
export * from './postgres-options.js';
export * from './retention-sweep.js';
export * from './transaction.js';
export * from './shared-look-ups.js';
export * from './statement-pool.js';
export * from './sweep.js';
