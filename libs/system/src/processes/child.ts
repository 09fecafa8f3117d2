import { spawn, type SpawnOptions } from 'node:child_process';
import { closeSync, mkdirSync, openSync, readFileSync, renameSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { commandLineOf } from './process-table.js';
import type { Account } from './run-program.js';
import { StartFailed } from '../servers/start-failed.js';
import { stopProcess, type StopPlan } from './stop-process.js';
import type { Watchdog } from './watchdog.js';

const KEPT_LOG_BYTES = 8 * 1024 * 1024;

/** A child process in a session of its own: Ctrl-C in the terminal reaches only this process, which stops the children in order. */
export interface ChildCommand {
  /** Name for messages. */
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment. @default this process's */
  env?: NodeJS.ProcessEnv;
  cwd?: string;
  account?: Account;
  /** Standard output and error are appended to it. */
  logFile: string;
  /** Remembers the process for a later run, in case this one ends without stopping it. */
  pidFile: string;
  /** A unique part of the command line: the process of a pid file is stopped only if it contains the marker. */
  marker: string;
  plan: StopPlan;
  /** See `Guarded`. */
  rank: number;
  /** Whether it waits for `begin`: its first module is load-first.js. */
  isHeld?: boolean;
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
  /** Stops it as its plan says; resolves when it has ended. */
  stop(): Promise<void>;
}

/** A child that may be held. */
export interface StartedChild extends RunningChild {
  /** Lets a held child begin. */
  begin(): void;
}

/**
 * Starts a child that the watchdog guards.
 * @throws {StartFailed} where there is no such program
 */
export async function startChild(command: ChildCommand, watchdog: Watchdog): Promise<StartedChild> {
  watchdog.refuseWhenClosed();
  const log = openLog(command.logFile);
  const { env, cwd, account } = command;
  const options: SpawnOptions = {
    detached: true,
    stdio: ['ignore', log, log, ...(command.isHeld ? ['ipc' as const] : [])],
    ...(env && { env }),
    ...(cwd && { cwd }),
    ...account,
  };
  const child = spawn(command.command, command.args, options);
  closeSync(log);
  // Added at once, because the watchdog accepts no process after its end has begun.
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
  // A child that has ended gets no message; its exit says so.
  const begin = (): void => void (child.connected && child.send('begin', () => undefined));
  return { pid, exited, begin, stop: () => stopChild(pid, exited, command) };
}

/**
 * Stops the leftover process of an earlier run, unless its id now belongs to another process.
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

/** Whether a process of an earlier run is left. */
export function hasLeftover(pidFile: string): boolean {
  const left = readPidFile(pidFile);
  return left !== null && commandLineOf(left.pid)?.includes(left.marker) === true;
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
