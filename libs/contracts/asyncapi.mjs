// Writes docs/asyncapi.json: the contract with the settings that a deployment has unless it chooses others. Build first.
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { asyncApiDocument, DEFAULT_TOPIC_FACTS } from './dist/index.js';

const file = join(import.meta.dirname, '../../docs/asyncapi.json');
writeFileSync(file, `${JSON.stringify(asyncApiDocument(DEFAULT_TOPIC_FACTS), null, 2)}\n`);
