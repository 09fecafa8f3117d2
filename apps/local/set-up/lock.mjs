import { linkSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endGroups, noteGroups, startOf } from './processes.mjs';

const POLL_MS = 250;

/**
 * Works while no other set-up works in the same folder: two installations would damage each other. It waits for another one,
 * and ends the programs that a killed one left.
 * @param {(pid: number) => void} onWait
 */
export async function withLock(folder, onWait, work) {
  mkdirSync(folder, { recursive: true });
  const file = join(folder, 'set-up.lock');
  await take(file, onWait);
  // Renamed over it: a set-up that waits finds a whole lock at every moment.
  noteGroups((groups) => {
    writeFileSync(draftOf(file), content(groups));
    renameSync(draftOf(file), file);
  });
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
    const { holder, groups } = read(file);
    if (holder.pid !== process.pid && isThere(holder)) {
      if (!waited) onWait(holder.pid);
      waited = true;
      await sleep(POLL_MS);
    } else {
      await endGroups(groups.filter(isThere).map(({ pid }) => pid));
      remove(file);
    }
  }
}

/** Whether a noted process runs, and is not a later one with its id. */
const isThere = ({ pid, start }) => Boolean(start) && startOf(pid) === start;

/** A link appears with its content, or not at all. */
function takeNow(file) {
  const draft = draftOf(file);
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
    const { holder, groups } = JSON.parse(readFileSync(file, 'utf8'));
    return { holder: holder ?? {}, groups: groups ?? [] };
  } catch {
    return { holder: {}, groups: [] };
  }
}

const draftOf = (file) => `${file}.${process.pid}`;
const HOLDER = { pid: process.pid, start: startOf(process.pid) };
const content = (groups) => JSON.stringify({ holder: HOLDER, groups });
