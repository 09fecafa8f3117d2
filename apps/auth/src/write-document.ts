import { writeFileSync } from 'node:fs';
import { offlineDocument } from './docs/offline-document.js';

/** Writes docs/auth-openapi.json from the built code: {@link offlineDocument}. */
writeFileSync('docs/auth-openapi.json', `${JSON.stringify(await offlineDocument(), null, 2)}\n`);
