import { TestEnvironment } from 'jest-environment-node';

const PARENT_POLL_MS = 500;

// Ends a worker whose jest was killed, in the middle of any test. It polls, because a listener for the disconnection
// would keep a finished worker alive.
if (process.send) setInterval(() => process.connected || process.exit(1), PARENT_POLL_MS).unref();

// Ends a finished worker at once. Freeing its gigabyte of modules, or a connection that is kept for later, takes longer on a busy
// machine than the half second after which jest says that the worker did not exit.
const END = 2;
if (process.send) process.on('message', (message) => message?.[0] === END && setImmediate(() => process.exit()));
if (process.send) process.once('exit', (code) => process.exit(code));

export default TestEnvironment;
