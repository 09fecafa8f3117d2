import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandLineOf, endGroups, noteGroups } from './processes.mjs';

const POLL_MS = 250;
const PROGRAMS = /npm|maven|mvn|java|nest/;

/**
 * Works while no other set-up works in the same folder: two installations would damage each other. It waits for another one,
 * and ends the programs that a killed one left.
 * @param {(pid: number) => void} onWait
 */
export async function withLock(folder, onWait, work) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'set-up.lock');
  await take(file, onWait);
  noteGroups((groups) => writeFileSync(file, content(groups)));
  try {
    return await work();
  } finally {
    noteGroups(() => undefined);
    rmSync(file, { force: true });
  }
}

async function take(file, onWait) {
  let waited = false;
  while (!takeNow(file)) {
    const { pid, groups } = read(file);
    if (pid && pid !== process.pid && commandLineOf(pid).includes('set-up.mjs')) {
      if (!waited) onWait(pid);
      waited = true;
      await sleep(POLL_MS);
    } else {
      await endGroups(groups.filter((leader) => PROGRAMS.test(commandLineOf(leader))));
      remove(file);
    }
  }
}

/** A link appears with its content, or not at all. */
function takeNow(file) {
  const draft = `${file}.${process.pid}`;
  writeFileSync(draft, content([]));
  try {
    linkSync(draft, file);
    return true;
  } catch (error) {
    if (error.code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/** Renamed before it is removed: of two processes that find it, only one gets it. */
function remove(file) {
  const aside = `${file}.left.${process.pid}`;
  try {
    renameSync(file, aside);
    rmSync(aside, { force: true });
  } catch (error) {
    if (error.code !== 'ENOENT') throw error;
  }
}

function read(file) {
  try {
    const { pid, groups } = JSON.parse(readFileSync(file, 'utf8'));
    return { pid: Number(pid), groups: Array.isArray(groups) ? groups.map(Number) : [] };
  } catch {
    return { pid: 0, groups: [] };
  }
}

const content = (groups) => JSON.stringify({ pid: process.pid, groups });
