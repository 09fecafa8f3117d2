export * from './bound-query.js';
export * from './postgres-errors.js';
export * from './postgres-options.js';
export * from './transaction.js';
