// Makes everything ready on this machine, then hands over to Node 24. It runs before anything is installed: Node 20 and its own modules only.
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { fetchBroker } from './set-up/broker.mjs';
import { build } from './set-up/build.mjs';
import { SetUpFailed } from './set-up/failure.mjs';
import { install } from './set-up/install.mjs';
import { launch, whenParentGone } from './set-up/launch.mjs';
import { withLock } from './set-up/lock.mjs';
import { requireNode } from './set-up/machine.mjs';
import { endGroups } from './set-up/processes.mjs';
import { fail, say } from './set-up/screen.mjs';

const USAGE = `node apps/local/set-up.mjs <command>
  start             the whole system on this machine
  test [options]    all tests; the options are jest's
  token [options]   API tokens: npm run token -- --help
  events [options]  the published events: npm run events -- --help
  prepare           only makes ready: packages, broker, build`;
const INTERRUPTED = 130;
const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];

const root = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');
const startedAt = String(Date.now());
const [command, ...options] = process.argv.slice(2);

const COMMANDS = {
  start: async () => {
    await prepare({ withBroker: !process.env.KAFKA_BROKERS?.trim() });
    const args = ['--enable-source-maps', join(root, 'dist/apps/local/src/main.js')];
    // Node keeps what it has compiled: a tenth less work at the next start.
    const env = { SET_UP_STARTED_AT: startedAt, NODE_COMPILE_CACHE: join(root, '.cache/node') };
    return launch({ root, args, env, ownSession: true });
  },
  test: async () => {
    await prepare({ withBroker: true });
    const args = ['--experimental-vm-modules', '--no-warnings', 'node_modules/jest/bin/jest.js', ...options];
    return launch({ root, args, env: {}, ownSession: false });
  },
  token: () => operatorCommand('token'),
  events: () => operatorCommand('events'),
  prepare: async () => {
    await prepare({ withBroker: true });
    return 0;
  },
};

/** One of the local run's commands that work on a system as it runs. */
async function operatorCommand(name) {
  await prepare({ withBroker: false });
  const args = [join(root, `dist/apps/local/src/${name}.js`), ...options];
  return launch({ root, args, env: { NODE_COMPILE_CACHE: join(root, '.cache/node') }, ownSession: false });
}

async function prepare({ withBroker }) {
  requireNode();
  const interrupted = new Promise((_, reject) => {
    const interrupt = () => reject(new Interrupted());
    for (const signal of SIGNALS) process.once(signal, interrupt);
    whenParentGone(interrupt);
  });
  const waiting = (pid) => say(`  · another set-up is at work here (process ${pid}): waiting for it …`);
  const work = () => Promise.all([withBroker && fetchBroker(root), install(root).then(() => build(root))]);
  try {
    await Promise.race([interrupted, withLock(join(root, '.cache'), waiting, work)]);
  } finally {
    for (const signal of SIGNALS) process.removeAllListeners(signal);
    await endGroups();
  }
}

class Interrupted extends Error {}

async function main() {
  if (!Object.hasOwn(COMMANDS, command ?? '')) {
    say(USAGE);
    return 1;
  }
  return COMMANDS[command]();
}

try {
  process.exitCode = await main();
} catch (error) {
  if (error instanceof Interrupted) {
    // What was waited for may go on; the lock is given back by then.
    setTimeout(() => process.exit(INTERRUPTED), 300);
  } else {
    fail(error instanceof SetUpFailed ? error.message : (error.stack ?? String(error)));
    process.exitCode = 1;
  }
}
