// Builds the package that callers install: dist/ from src/ and from the client that is generated of docs/openapi.json.
import { spawnSync } from 'node:child_process';
import { rmSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';

const here = import.meta.dirname;
const { resolve } = createRequire(import.meta.url);
const run = (program, args) => {
  const { status } = spawnSync(process.execPath, [program, ...args], {
    cwd: here,
    stdio: 'inherit',
    env: { NO_UPDATE_NOTIFIER: '1' },
  });
  if (status !== 0) process.exit(1);
};
const generator = join(dirname(resolve('@hey-api/openapi-ts/package.json')), 'bin/run.js');
for (const made of ['dist', 'src/generated']) rmSync(join(here, made), { recursive: true, force: true });
run(generator, ['--input', '../../docs/openapi.json', '--output', 'src/generated', '--silent', '--no-log-file']);
run(resolve('typescript/bin/tsc'), ['-p', 'tsconfig.build.json']);
