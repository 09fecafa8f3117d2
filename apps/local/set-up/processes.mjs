import { execFile, spawn, spawnSync } from 'node:child_process';
import { closeSync, existsSync, mkdirSync, openSync, readFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { stripVTControlCharacters } from 'node:util';
import { causeIn } from './causes.mjs';
import { SetUpFailed } from './failure.mjs';

const GRACE_MS = 3_000;
const POLL_MS = 50;

/** The running programs. Each leads its own process group, so that it ends with all that it started. */
const groups = new Set();
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
  if (child.pid) change(() => groups.add(child.pid));
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
  note([...groups]);
}

/** Ends programs with all that they started: those of this process, unless others are named. */
export async function endGroups(leaders = [...groups]) {
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

/** The command line of a running process, or an empty string. */
export function commandLineOf(pid) {
  try {
    process.kill(pid, 0);
  } catch (error) {
    if (error.code !== 'EPERM') return '';
  }
  if (existsSync(`/proc/${pid}/cmdline`)) return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  return spawnSync('ps', ['-ww', '-o', 'args=', '-p', String(pid)], { encoding: 'utf8' }).stdout.trim();
}

const lastLines = (text, count) =>
  text
    .split('\n')
    .filter((line) => line.trim())
    .slice(-count)
    .join('\n');
