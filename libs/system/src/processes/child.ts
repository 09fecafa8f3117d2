import { spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandLineOf } from './process-table.js';
import type { Account } from './run-program.js';
import { StartFailed } from '../servers/start-failed.js';
import { stopProcess, type StopPlan } from './stop-process.js';
import type { Watchdog } from './watchdog.js';

const KEPT_LOG_BYTES = 8 * 1024 * 1024;

/** A process to run as a child in a session of its own: a Ctrl-C in the terminal is for us to hear, and to act on in order. */
export interface ChildCommand {
  /** As people know it. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment; without it, that of this process. */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  account?: Account;
  /** Standard output and error are appended to it. */
  logFile: string;
  /** Remembers the process for a later run, should this one end without stopping it. */
  pidFile: string;
  /** A part of the command line that no other process has: what a pid file names is stopped only where it is there. */
  marker: string;
  plan: StopPlan;
  /** See `Guarded`. */
  rank: number;
}

/** How a child ended. */
export interface ChildExit {
  code: number | null;
  signal: NodeJS.Signals | null;
}

/** A child that was started. */
export interface RunningChild {
  readonly pid: number;
  readonly exited: Promise<ChildExit>;
  /** Stops it as its plan says; resolves when it is gone. */
  stop(): Promise<void>;
}

/**
 * Starts a child under the watchdog's eyes.
 * @throws {StartFailed} where there is no such program
 */
export async function startChild(command: ChildCommand, watchdog: Watchdog): Promise<RunningChild> {
  watchdog.refuseWhenClosed();
  const log = openLog(command.logFile);
  const { env, cwd, account } = command;
  const options: SpawnOptions = {
    detached: true,
    stdio: ['ignore', log, log],
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...account,
  };
  const child = spawn(command.command, command.args, options);
  closeSync(log);
  // At once, for the watchdog takes in nobody after its end has come.
  if (child.pid) watchdog.guard({ pid: child.pid, plan: command.plan, rank: command.rank });
  const exited = new Promise<ChildExit>((resolve) => child.once('exit', (code, signal) => resolve({ code, signal })));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', (cause) => reject(new StartFailed(`${command.name} could not be started: ${cause.message}.`)));
  });
  const pid = child.pid as number;
  mkdirSync(dirname(command.pidFile), { recursive: true });
  writeFileSync(command.pidFile, JSON.stringify({ pid, marker: command.marker }));
  void exited.then(() => {
    watchdog.release(pid);
    rmSync(command.pidFile, { force: true });
  });
  return { pid, exited, stop: () => stopChild(pid, exited, command) };
}

/**
 * Stops what a former run left behind, if it is still that process and not another that was given its id.
 * @throws {StartFailed} where it can't be stopped
 */
export async function stopLeftover({ name, pidFile, plan }: Pick<ChildCommand, 'name' | 'pidFile' | 'plan'>): Promise<void> {
  const left = readPidFile(pidFile);
  if (left && commandLineOf(left.pid)?.includes(left.marker) && !(await stopProcess(left.pid, plan)))
    throw new StartFailed(
      `${name} of a former run is still there as process ${left.pid} and can't be stopped: stop it, then start again.`,
    );
  rmSync(pidFile, { force: true });
}

async function stopChild(pid: number, exited: Promise<ChildExit>, { name, plan }: ChildCommand): Promise<void> {
  const gone = await Promise.race([exited.then(() => true), stopProcess(pid, plan)]);
  if (!gone) throw new Error(`${name} (process ${pid}) does not end.`);
  await exited;
}

function readPidFile(file: string): { pid: number; marker: string } | null {
  try {
    const { pid, marker } = JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>;
    return Number.isSafeInteger(pid) && typeof marker === 'string' && marker ? { pid: pid as number, marker } : null;
  } catch {
    return null;
  }
}

function openLog(file: string): number {
  mkdirSync(dirname(file), { recursive: true });
  if ((statSync(file, { throwIfNoEntry: false })?.size ?? 0) > KEPT_LOG_BYTES) renameSync(file, `${file}.1`);
  return openSync(file, 'a', 0o600);
}
