export { freePort } from '../servers/ports.js';
export * from '#app/contracts/testing';
export * from './env.js';
export * from './eventually.js';
export * from './publish-records.js';
export * from './read-topic.js';
export * from './replay-transport.js';
export * from './test-database.js';
export * from './topic-prefix.js';
