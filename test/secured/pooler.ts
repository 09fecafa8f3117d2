import { chmodSync, chownSync, existsSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort, startChild, type RunningChild } from '#app/system';
import { NotTried } from './check.js';
import type { SecuredSystem } from './secured-system.js';

const PROGRAM = ['/usr/sbin/pgbouncer', '/usr/local/bin/pgbouncer', '/opt/homebrew/bin/pgbouncer'].find((path) =>
  existsSync(path),
);

/** A PgBouncer in front of the secured PostgreSQL. */
export interface Pooler {
  child: RunningChild;
  /** The URL, by way of the pooler. */
  through: (url: string) => string;
}

/** Starts PgBouncer, with TLS that is verified in full towards PostgreSQL. @throws {NotTried} where it is not installed */
export async function startPooler(secured: SecuredSystem, mode: 'session' | 'transaction'): Promise<Pooler> {
  if (!PROGRAM) throw new NotTried('PgBouncer is not on this machine.');
  const { postgres, cluster, host } = secured;
  const folder = secured.folder(`pooler-${mode}`);
  const port = await freePort();
  const users = Object.values(secured.roles).flatMap(({ owner, app }) => [owner, app]);
  const [config, userList] = [join(folder, 'pgbouncer.ini'), join(folder, 'users.txt')];
  writeFileSync(userList, users.map(({ name, password }) => `"${name}" "${password}"\n`).join(''));
  writeFileSync(
    config,
    `[databases]
* = host=127.0.0.1 port=${postgres.server.port}
[pgbouncer]
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
auth_type = scram-sha-256
auth_file = ${userList}
pool_mode = ${mode}
default_pool_size = 60
server_tls_sslmode = verify-full
server_tls_ca_file = ${cluster.ca.file}
`,
  );
  const account = accountOf();
  for (const path of [folder, config, userList]) {
    if (account) chownSync(path, account.uid, account.gid);
    chmodSync(path, path === folder ? 0o711 : 0o600);
  }
  const child = await startChild(
    {
      name: 'PgBouncer',
      command: PROGRAM,
      args: [config],
      logFile: host.folder.logFile(`pgbouncer-${mode}`),
      pidFile: host.folder.pidFile(`pgbouncer-${mode}`),
      marker: config,
      plan: [{ signal: 'SIGKILL', waitMs: 2_000 }],
      rank: 1,
      ...(account && { account }),
    },
    host.watchdog,
  );
  await sleep(1_000);
  return {
    child,
    through: (url) => `${Object.assign(new URL(url), { host: `127.0.0.1:${port}`, search: '' }).href}?sslmode=disable`,
  };
}

/** PgBouncer does not run as root. */
function accountOf(): { uid: number; gid: number } | undefined {
  if (process.getuid?.() !== 0) return undefined;
  const [uid, gid] = ['-u', '-g'].map(
    (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout) || 65_534,
  );
  return { uid: uid!, gid: gid! };
}
