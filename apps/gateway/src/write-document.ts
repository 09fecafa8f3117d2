import { writeFileSync } from 'node:fs';
import { offlineDocument } from './offline-document.js';

/** Writes docs/openapi.json from the built code: {@link offlineDocument}. */
writeFileSync('docs/openapi.json', `${JSON.stringify(await offlineDocument(), null, 2)}\n`);
