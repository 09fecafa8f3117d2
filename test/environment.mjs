import { TestEnvironment } from 'jest-environment-node';

const PARENT_POLL_MS = 500;

// Ends a worker whose jest was killed, in the middle of any test. It polls, because a listener for the disconnection
// would keep a finished worker alive.
if (process.send) setInterval(() => process.connected || process.exit(1), PARENT_POLL_MS).unref();

export default TestEnvironment;
