import { existsSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** The release of this code, as `package.json` names it. */
export const VERSION: string = versionAbove(import.meta.dirname);

/** The built code is one folder deeper than its source. */
function versionAbove(folder: string): string {
  const file = join(folder, 'package.json');
  if (existsSync(file)) return (JSON.parse(readFileSync(file, 'utf8')) as { version: string }).version;
  const parent = dirname(folder);
  return parent === folder ? 'unknown' : versionAbove(parent);
}

/** Answers `--version` and ends, where the program was called so. */
export function answerVersion(args: readonly string[] = process.argv): void {
  if (!args.includes('--version')) return;
  console.log(VERSION);
  process.exit(0);
}
