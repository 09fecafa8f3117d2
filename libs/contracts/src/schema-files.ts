import type { TSchema } from 'typebox';
import { CloudEventHeadersSchema, CompanyEventHeadersSchema, DeadLetterHeadersSchema } from './event.headers.js';
import { EVENTS } from './events.js';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';

const entryOf = (name: string, schema: TSchema): [string, object] => [`${name}.v1.json`, { $schema: DIALECT, ...schema }];

/** Every schema of the contract as a JSON document, by file name. */
export const SCHEMA_FILES: Readonly<Record<string, object>> = Object.fromEntries([
  ...Object.entries(EVENTS).map(([name, { schema }]) => entryOf(name, schema)),
  entryOf('CloudEventHeaders', CloudEventHeadersSchema),
  entryOf('CompanyEventHeaders', CompanyEventHeadersSchema),
  entryOf('DeadLetterHeaders', DeadLetterHeadersSchema),
]);
