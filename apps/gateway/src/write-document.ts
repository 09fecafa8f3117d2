import { writeFileSync } from 'node:fs';
import { offlineDocument } from './offline-document.js';

/** Writes docs/openapi.json, the document of the code as it is built: {@link offlineDocument}. */
writeFileSync('docs/openapi.json', `${JSON.stringify(await offlineDocument(), null, 2)}\n`);
