// Keeps the schemas of this version as released: from then on a change that breaks its readers fails the tests. Build first.
import { cpSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const here = import.meta.dirname;
const { version } = JSON.parse(readFileSync(join(here, 'package.json'), 'utf8'));
// What was released is never written again.
cpSync(join(here, 'schemas'), join(here, 'released', version), { recursive: true, errorOnExist: true, force: false });
