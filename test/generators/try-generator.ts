import { spawn } from 'node:child_process';
import { globSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { Generator } from './generators.js';
import type { Run } from './tools.js';

/** What became of one generator. */
export interface Trial {
  name: string;
  /** Operations without a method in the client. */
  missing: string[];
  /** Output of what failed. */
  failure: string | undefined;
  ms: number;
}

/** Makes a client of the document, looks for every operation in it, and compiles it. */
export async function tryGenerator(generator: Generator, document: string, operationIds: readonly string[]): Promise<Trial> {
  const began = performance.now();
  const folder = mkdtempSync(join(tmpdir(), 'contact-sync-client-'));
  const trial: Trial = { name: generator.name, missing: [], failure: undefined, ms: 0 };
  try {
    await generator.generate(document, folder, run);
    trial.missing = missingIn(folder, generator, operationIds);
    await generator.compile(folder, run);
  } catch (error) {
    trial.failure = (error as Error).message;
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
  return { ...trial, ms: performance.now() - began };
}

function missingIn(folder: string, { sources, declares }: Generator, operationIds: readonly string[]): string[] {
  const files = globSync(sources, { cwd: folder });
  const text = files.map((file) => `/${file}\n${readFileSync(join(folder, file), 'utf8')}`).join('\n');
  return operationIds.filter((id) => !declares(id).test(text));
}

const run: Run = ([program, ...args], cwd) =>
  new Promise((resolve, reject) => {
    const child = spawn(program, args, {
      cwd,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: { ...process.env, NO_UPDATE_NOTIFIER: '1' },
    });
    let said = '';
    for (const stream of [child.stdout, child.stderr]) stream.on('data', (chunk: Buffer) => (said += chunk.toString()));
    child.once('error', reject);
    child.once('close', (code) =>
      code === 0 ? resolve() : reject(new Error(`${program} ended with ${code}:\n${said.slice(-4_000)}`)),
    );
  });
