import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { nodeProgram } from './node.mjs';

const SIGNALS = ['SIGINT', 'SIGTERM', 'SIGHUP'];
const PARENT_POLL_MS = 500;

/**
 * Runs a script on Node 26 and passes signals on to it. A channel tells the script when this process ends.
 * @param {{ root: string, args: string[], env: NodeJS.ProcessEnv, ownSession: boolean }} what `ownSession`: a Ctrl-C in the terminal
 *   reaches it only through this process
 * @returns {{ child: import('node:child_process').ChildProcess, ended: Promise<number> }} `ended`: its exit code
 */
export function launch({ root, args, env, ownSession }) {
  const child = spawn(nodeProgram(root), args, {
    cwd: root,
    env: { ...process.env, ...noProxyHere(process.env), ...env },
    detached: ownSession,
    stdio: [ownSession ? 'ignore' : 'inherit', 'inherit', 'inherit', ...(ownSession ? ['ipc'] : [])],
  });
  for (const signal of SIGNALS) process.on(signal, () => child.kill(signal));
  whenParentGone(() => child.kill('SIGTERM'));
  const ended = new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('exit', (code, signal) => resolve(code ?? 128 + constants.signals[signal]));
  });
  return { child, ended };
}

/**
 * What keeps a proxy of Node's (NODE_USE_ENV_PROXY, --use-env-proxy) away from the ports of this machine: a run asks its own apps whether they
 * are ready. Of the two names Node reads the first alone, also where it is empty.
 */
function noProxyHere(env) {
  const name = 'no_proxy' in env ? 'no_proxy' : 'NO_PROXY';
  return { [name]: [env[name], 'localhost', '127.0.0.1', '::1', env.HOST].filter(Boolean).join(',') };
}

/** A killed npm passes nothing on. It is the parent, since the scripts in package.json replace the shell. */
export function whenParentGone(act) {
  if (!process.env.npm_lifecycle_event) return;
  const parent = process.ppid;
  const watch = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(watch);
    act();
  }, PARENT_POLL_MS);
  watch.unref();
}
