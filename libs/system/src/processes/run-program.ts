import { spawn } from 'node:child_process';
import { StartFailed } from '../servers/start-failed.js';
import type { Watchdog } from './watchdog.js';

/** The user of the program. @default the user of this process */
export interface Account {
  uid: number;
  gid: number;
}

interface ProgramOptions {
  account?: Account | undefined;
  /** @default the root folder, which every user may enter */
  cwd?: string;
  /** @default this process's */
  env?: NodeJS.ProcessEnv;
}

/**
 * Runs a program to its end, guarded by the watchdog.
 * @throws {StartFailed} with its output, where it fails
 */
export async function runProgram(
  command: readonly [string, ...string[]],
  watchdog: Watchdog,
  { account, cwd = '/', env }: ProgramOptions = {},
): Promise<void> {
  watchdog.refuseWhenClosed();
  const [program, ...args] = command;
  const child = spawn(program, args, { detached: true, stdio: ['ignore', 'pipe', 'pipe'], cwd, ...(env && { env }), ...account });
  if (child.pid) watchdog.guard({ pid: child.pid, plan: [{ signal: 'SIGKILL', waitMs: 1_000 }], rank: 0 });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const code = await new Promise((resolve) => child.once('error', resolve).once('close', resolve));
  if (child.pid) watchdog.release(child.pid);
  if (code !== 0)
    throw new StartFailed(`${program} failed${typeof code === 'number' ? '' : ` (${String(code)})`}:\n${output.trim()}`);
}
