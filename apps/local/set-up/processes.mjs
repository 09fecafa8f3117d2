import { execFile, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { causeIn } from './causes.mjs';
import { SetUpFailed } from './failure.mjs';

const GRACE_MS = 3_000;
const POLL_MS = 50;

/** The running programs: id and start. Each leads its own process group, so that it ends with all that it started. */
const groups = new Map();
let note = () => undefined;

/**
 * Runs a program, with its output in a log.
 * @param {string[]} command
 * @param {{ cwd: string, logFile: string, failure: string, env?: object, source?: object, stopWhen?: string }} options `env`: added to this
 *   process's own; `source`: see `causeIn`; `stopWhen`: the output that ends it
 * @throws {SetUpFailed} if it fails: `failure` and the known cause, or the last lines of the log
 */
export async function run([program, ...args], { cwd, logFile, failure, env = {}, source, stopWhen }) {
  mkdirSync(dirname(logFile), { recursive: true });
  const log = openSync(logFile, 'w');
  const child = spawn(program, args, { cwd, env: { ...process.env, ...env }, detached: true, stdio: ['ignore', log, log] });
  closeSync(log);
  if (child.pid) change(() => groups.set(child.pid, startOf(child.pid)));
  let stopped = false;
  const stop = () => (stopped ||= readFileSync(logFile, 'utf8').includes(stopWhen) && child.kill('SIGTERM'));
  const watch = stopWhen ? setInterval(stop, 100) : undefined;
  const end = await new Promise((resolve) => child.once('error', resolve).once('exit', resolve));
  clearInterval(watch);
  if (child.pid) change(() => groups.delete(child.pid));
  if (end === 0 || stopped) return;
  if (end instanceof Error) throw new SetUpFailed(`${failure}\n${end.message}`);
  const output = stripVTControlCharacters(readFileSync(logFile, 'utf8'));
  throw new SetUpFailed(`${failure}\n${(source && causeIn(output, source)) ?? lastLines(output, 12)}`, logFile);
}

/** What a short program prints; empty if it fails. */
export const output = ([program, ...args], cwd) =>
  new Promise((resolve) => execFile(program, args, { cwd, maxBuffer: 2 ** 24 }, (_, text) => resolve(text)));

/** Calls `write` with the running programs, whenever they change. */
export function noteGroups(write) {
  note = write;
}

function change(apply) {
  apply();
  note([...groups].map(([pid, start]) => ({ pid, start })));
}

/** Ends programs with all that they started: those of this process, unless others are named. */
export async function endGroups(leaders = [...groups.keys()]) {
  for (const signal of ['SIGTERM', 'SIGKILL']) {
    leaders = leaders.filter((leader) => signalGroup(leader, signal));
    for (let left = GRACE_MS; left > 0 && leaders.length > 0; left -= POLL_MS) {
      await sleep(POLL_MS);
      leaders = leaders.filter((leader) => signalGroup(leader, 0));
    }
  }
}

function signalGroup(leader, signal) {
  try {
    return process.kill(-leader, signal);
  } catch {
    return false;
  }
}

/** Whether a program has ended, and only its parent has not asked for its end yet. */
const isOver = (state) => state === undefined || 'ZX'.includes(state);

/** When a process began, as a text that no other process with its id has; empty where there is none. */
export function startOf(pid) {
  if (!existsSync('/proc/self/stat')) {
    const env = { ...process.env, LC_ALL: 'C', TZ: 'UTC' };
    const args = ['-o', 'stat=', '-o', 'lstart=', '-p', String(pid)];
    const [, state, start] = /^(\S)\S*\s+(.+)/.exec(spawnSync('ps', args, { encoding: 'utf8', env }).stdout?.trim() ?? '') ?? [];
    return isOver(state) ? '' : start;
  }
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // pid (name) state …: the name may contain spaces and brackets. The 22nd field counts from the start of the machine.
    const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    const [state, ticks] = [fields[0], fields[19]];
    return isOver(state) ? '' : `${ticks} ${readFileSync('/proc/sys/kernel/random/boot_id', 'utf8').trim()}`;
  } catch {
    return '';
  }
}

const lastLines = (text, count) =>
  text
    .split('\n')
    .filter((line) => line.trim())
    .slice(-count)
    .join('\n');
