export * from './kafka-client.js';
export * from './outbox.entity.js';
export * from './outbox.js';
export * from './outbox.relay.js';
export * from './topics.js';
