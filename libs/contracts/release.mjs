// Keeps the schemas of this version as released: from then on a change that breaks its readers fails the tests.
import { cpSync, existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
const released = join(here, 'released', version);
// What was released is never written again.
if (existsSync(released)) {
  console.error(
    `The schemas of ${version} are released, and never change. Raise the version in libs/contracts/package.json first.`,
  );
  process.exit(1);
}
await import('./build.mjs');
cpSync(join(here, 'schemas'), released, { recursive: true });
