import { spawnSync } from 'node:child_process';
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, rmdirSync, rmSync, statSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { asAdmin } from './database.faults.js';
import type { Fault } from './fault.js';

const SMALL = '16m';

const mount = (folder: string, size: string): boolean =>
  spawnSync('mount', ['-t', 'tmpfs', '-o', `size=${size}`, 'tmpfs', folder]).status === 0;
/** Lazily: sessions of PostgreSQL can have files of it open until they end, and the folder is removed then. */
const unmount = (folder: string): void => void spawnSync('umount', ['-l', folder]);

function mountObstacle(): string | null {
  const folder = mkdtempSync(join(tmpdir(), 'contact-sync-mount-'));
  const isMounted = mount(folder, '64k');
  if (isMounted) unmount(folder);
  rmdirSync(folder);
  return isMounted ? null : 'only root may mount the small file system that is filled';
}

/** Fills the disk by one file. */
function fill(file: string): void {
  const chunk = Buffer.alloc(64 * 1024);
  const descriptor = openSync(file, 'w');
  try {
    for (;;) writeSync(descriptor, chunk);
  } catch {
    // The disk is full.
  } finally {
    closeSync(descriptor);
  }
}

const diskFull: Fault = {
  number: 13,
  touchesDatabase: true,
  name: "PostgreSQL's disk is full under the outbox, and the broker away",
  approximation:
    'the outbox alone is on the small disk: a full disk of the log or of the broker ends the server, which is fault 11 and fault 7',
  obstacle: mountObstacle,
  run: async ({ system, seconds, lasts }) => {
    const { postgres } = system.servers;
    const folder = join(system.host.folder.root, 'small');
    mkdirSync(folder);
    if (!mount(folder, SMALL)) throw new Error('The small file system cannot be mounted.');
    const { uid, gid } = statSync(postgres.options.dataDir);
    chownSync(folder, uid, gid);
    try {
      await asAdmin(system, [`create tablespace small location '${folder}'`]);
      await asAdmin(
        system,
        ['alter table outbox set tablespace small', 'alter index outbox_pkey set tablespace small'],
        'faults_gateway',
      );
      // Deleted rows free some room: the loop ends only when rows stay.
      await system.setBrokerProxies(system.gateways, 'refuse');
      fill(join(folder, 'ballast'));
      await lasts(Math.max(seconds, 6), { gateway: ['degraded'] });
      rmSync(join(folder, 'ballast'));
      await lasts(1);
      await system.setBrokerProxies(system.gateways, 'pass');
      await asAdmin(
        system,
        [
          'alter table outbox set tablespace pg_default',
          'alter index outbox_pkey set tablespace pg_default',
          'checkpoint',
          'drop tablespace small',
        ],
        'faults_gateway',
      );
    } finally {
      unmount(folder);
    }
  },
};

export const DISK_FAULTS: readonly Fault[] = [diskFull];
