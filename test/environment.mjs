import { TestEnvironment } from 'jest-environment-node';

const PARENT_POLL_MS = 500;

// In a worker: jest that was killed takes its workers along, whatever test they are at. To listen for the disconnection instead would
// keep a worker alive that has nothing left to do.
if (process.send) setInterval(() => process.connected || process.exit(1), PARENT_POLL_MS).unref();

export default TestEnvironment;
