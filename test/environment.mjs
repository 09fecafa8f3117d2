import { TestEnvironment } from 'jest-environment-node';

// In a worker: jest that was killed takes its workers along, whatever test they are at.
if (process.send) process.once('disconnect', () => process.exit(1));

export default TestEnvironment;
