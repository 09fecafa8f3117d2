import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { BUILT, COMPILE_CACHE } from '../built.js';

/** What a command printed, and how it ended. */
export interface CommandEnd {
  code: number | null;
  out: string;
  err: string;
}

/** Runs a built command to its end, without input. @param script below the folder of the built code */
export async function runScript(script: string, args: readonly string[], env: NodeJS.ProcessEnv): Promise<CommandEnd> {
  const cached = { NODE_COMPILE_CACHE: COMPILE_CACHE, ...env };
  const child = spawn(process.execPath, [join(BUILT, script), ...args], { env: cached, stdio: 'pipe' });
  child.stdin.end();
  const ended = new Promise<number | null>((end) => child.once('exit', end));
  const [out, err, code] = await Promise.all([text(child.stdout), text(child.stderr), ended]);
  return { out, err, code };
}
