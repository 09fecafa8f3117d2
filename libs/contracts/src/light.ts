// For programs that start often: topics, without the schemas, whose library takes longer to load than a set-up to run.
export * from './topics.js';
