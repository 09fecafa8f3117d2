export { freePort } from '@app/embedded';
export * from './env.js';
export * from './eventually.js';
export * from './read-topic.js';
export * from './test-database.js';
export * from './topic-prefix.js';
