// Builds the package that subscribers install: dist/ from src/, and schemas/ for those who read no TypeScript.
import { spawnSync } from 'node:child_process';
import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join } from 'node:path';

const here = import.meta.dirname;
const tsc = createRequire(import.meta.url).resolve('typescript/bin/tsc');
for (const made of ['dist', 'schemas']) rmSync(join(here, made), { recursive: true, force: true });
const { status } = spawnSync(process.execPath, [tsc, '-p', join(here, 'tsconfig.build.json')], { stdio: 'inherit' });
if (status !== 0) process.exit(1);

const { SCHEMA_FILES } = await import('./dist/index.js');
mkdirSync(join(here, 'schemas'));
for (const [file, schema] of Object.entries(SCHEMA_FILES)) {
  writeFileSync(join(here, 'schemas', file), `${JSON.stringify(schema, null, 2)}\n`);
}
