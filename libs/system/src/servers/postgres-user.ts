import { spawnSync } from 'node:child_process';
import { chownSync, statSync } from 'node:fs';
import type { Account } from '../processes/run-program.js';
import { StartFailed } from './start-failed.js';

/** The user of a program: an account, or a command prefix; neither for the user of this process. */
interface RunAs {
  account?: Account;
  prefix: readonly string[];
}

/** Accounts that may own the data of a server started by root, best first. No account is created. */
const ACCOUNTS = ['postgres', 'nobody'];

/**
 * PostgreSQL does not run as root. If this process is root, the data folder is given to another account, which runs PostgreSQL.
 *
 * That account can't enter a clone that root made in a folder of mode 0700. So the program keeps one capability, which allows it to
 * enter folders; without `no_setuid_fixup` the kernel ignores it in access(2), with which PostgreSQL finds its own files.
 * @throws {StartFailed} where no such account can reach the program and the data
 */
export function runAsFor(dataDir: string, program: string): RunAs {
  if (process.getuid?.() !== 0) return { prefix: [] };
  const account = accountFor(dataDir);
  chownSync(dataDir, account.uid, account.gid);
  const candidates = [
    { account, prefix: [] },
    withCapability(account, 'dac_read_search'),
    withCapability(account, 'dac_override'),
  ];
  const able = candidates.find((candidate) => reaches(candidate, program, dataDir));
  if (able) return able;
  const setpriv = spawnSync('setpriv', ['--version']).error ? ', or install setpriv (package util-linux)' : '';
  throw new StartFailed(
    `PostgreSQL does not run as root, and user ${account.uid}, who would run it, can't reach ${program} and ${dataDir}. ` +
      `Start as another user than root, or move the clone to where other users may enter it${setpriv}.`,
  );
}

const withCapability = ({ uid, gid }: Account, capability: string): RunAs => ({
  prefix: [
    ...['setpriv', `--reuid=${uid}`, `--regid=${gid}`, '--clear-groups', '--securebits=+no_setuid_fixup'],
    ...['inh-caps', 'ambient-caps', 'bounding-set'].map((set) => `--${set}=-all,+${capability}`),
  ],
});

function reaches({ account, prefix }: RunAs, program: string, dataDir: string): boolean {
  const [command, ...args] = [...prefix, 'sh', '-c', 'test -x "$0" && test -w "$1" && exec "$0" --version', program, dataDir];
  return spawnSync(command, args, { stdio: 'ignore', cwd: '/', ...account }).status === 0;
}

function accountFor(dataDir: string): Account {
  const { uid, gid } = statSync(dataDir);
  if (uid !== 0) return { uid, gid };
  for (const name of ACCOUNTS) {
    const [uid, gid] = ['-u', '-g'].map((flag) => Number(spawnSync('id', [flag, name], { encoding: 'utf8' }).stdout || NaN));
    if (uid && gid) return { uid, gid };
  }
  throw new StartFailed(
    'PostgreSQL does not run as root, and there is no account "postgres" or "nobody": start as another user.',
  );
}
