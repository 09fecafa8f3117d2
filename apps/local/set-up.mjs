// Prepares this machine, then hands over to Node 26. It runs before the installation: Node 20 and its own modules only.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { archiveBroker, fetchBroker, hasBroker } from './set-up/broker.mjs';
import { build } from './set-up/build.mjs';
import { textOf } from './set-up/failure.mjs';
import { install } from './set-up/install.mjs';
import { launch, whenParentGone } from './set-up/launch.mjs';
import { withLock } from './set-up/lock.mjs';
import { requireNode } from './set-up/machine.mjs';
import { endGroups } from './set-up/processes.mjs';
import { fail, leaveOutput, legs, say } from './set-up/screen.mjs';
import { helpFor, optionsWithNpms } from './set-up/usage.mjs';

const USAGE = `node apps/local/set-up.mjs <command>
  start [options]   the whole system on this machine: npm start -- --help
  test [options]    all tests; the options are jest's
  token [options]   API tokens: npm run token -- --help
  events [options]  the published events: npm run events -- --help
  status [options]  what runs, where, and whether it is well: npm run status -- --help
  stop              ends what npm start runs
  reset [options]   removes its data: npm run reset -- --help
  prepare           only makes ready: packages, broker, build
  develop           only makes ready what npm run check needs`;
const INTERRUPTED = 130;
/** Their output is for people. What the others print, or the program after `prepare`, can be for a script. */
const SHOW_ALL = ['start', 'test'];
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const startedAt = String(Date.now());
const [command, ...given] = process.argv.slice(2);
const options = optionsWithNpms(command, given);

const COMMANDS = {
  start,
  test: async () => {
    await prepare({ withBroker: true, all: true });
    // Specs start a dozen brokers. Without the archive they only start slower.
    await archive({ isQuiet: false }).catch(() => undefined);
    // Each suite evaluates its modules anew: a large young generation saves a tenth of the CPU.
    const flags = ['--max-semi-space-size=64', '--experimental-vm-modules', '--no-warnings'];
    const args = [...flags, 'node_modules/jest/bin/jest.js', ...options];
    return launch({ root, args, env: {}, ownSession: false }).ended;
  },
  token: () => operatorCommand('token'),
  events: () => operatorCommand('events'),
  status: () => operatorCommand('status'),
  stop: () => operatorCommand('stop'),
  reset: () => operatorCommand('reset'),
  prepare: async () => {
    await prepare({ withBroker: true });
    await archive({ isQuiet: false });
    return 0;
  },
  develop: async () => {
    await prepare({ withBroker: false, all: true });
    return 0;
  },
};

/** The whole system. It starts as soon as it is built; it waits for the broker's jars itself. */
async function start() {
  const withBroker = !process.env.KAFKA_BROKERS?.trim();
  const env = { SET_UP_STARTED_AT: startedAt, NODE_COMPILE_CACHE: join(root, '.cache/node') };
  const args = ['--enable-source-maps', join(root, 'dist/apps/local/src/main.js'), ...options];
  let running;
  const run = () => {
    if (withBroker && !hasBroker(root)) env.BROKER_JARS = 'awaited';
    running = launch({ root, args, env, ownSession: true });
    running.child.on('message', (said) => said === 'ready' && withBroker && archiveBeside(running.ended));
  };
  try {
    await prepare({ withBroker, whenBuilt: run });
  } catch (error) {
    if (!(error instanceof Interrupted)) running?.child.kill('SIGTERM');
    await running?.ended;
    throw error;
  }
  if (running.child.connected) running.child.send({ legs }, () => undefined);
  return running.ended;
}

/** The class archive makes later starts quicker: it is made after the first start is ready. */
async function archiveBeside(ended) {
  // The next start tries a failed archive again; this one needs none.
  await Promise.race([ended, archive({ isQuiet: true }).catch(() => undefined)]);
  await endGroups();
}

/** With a lock of its own: other commands do not wait for it. */
const archive = (options) => withLock(join(root, '.cache/archive'), sayWaiting, () => archiveBroker(root, options));

/** A command of the local run on a running system. */
async function operatorCommand(name) {
  await prepare({ withBroker: false });
  const args = [join(root, `dist/apps/local/src/${name}.js`), ...options];
  return launch({ root, args, env: { NODE_COMPILE_CACHE: join(root, '.cache/node') }, ownSession: false }).ended;
}

async function prepare({ withBroker, all = false, whenBuilt = () => undefined }) {
  requireNode();
  let interrupt;
  const interrupted = new Promise((_, reject) => (interrupt = () => reject(new Interrupted())));
  for (const signal of SIGNALS) process.once(signal, interrupt);
  whenParentGone(interrupt);
  const built = async () => {
    await install(root, { all });
    await build(root);
    await whenBuilt();
  };
  try {
    await Promise.race([interrupted, locked(() => Promise.all([withBroker && fetchBroker(root), built()]))]);
  } finally {
    for (const signal of SIGNALS) process.removeListener(signal, interrupt);
    await endGroups();
  }
}

/** Works while no other set-up works in this folder. */
const locked = (work) => withLock(join(root, '.cache'), sayWaiting, work);

function sayWaiting(pid) {
  say(`  · another set-up is at work here (process ${pid}): waiting for it …`);
}

class Interrupted extends Error {}

async function main() {
  if (!Object.hasOwn(COMMANDS, command ?? '')) {
    say(USAGE);
    return 1;
  }
  const help = helpFor(command, options);
  if (help !== undefined) {
    say(help);
    return 0;
  }
  if (!SHOW_ALL.includes(command)) leaveOutput();
  return COMMANDS[command]();
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof Interrupted) {
    // Background work may go on; the lock is free by then.
    setTimeout(() => process.exit(INTERRUPTED), 300);
  } else {
    fail(textOf(error));
    process.exitCode = 1;
  }
}
