import { describe, expect, it } from '@jest/globals';
import { Compile } from 'typebox/compile';
import { encodeEvent, tombstoneAfter } from './event.codec.js';
import { EVENT_EXAMPLES } from './event.examples.js';
import { CloudEventHeadersSchema, CompanyEventHeadersSchema, ValueHeadersSchema } from './event.headers.js';
import { eventDataDefects } from './event.validation.js';
import { EVENTS, isCompanyEvent, type EventName } from './events.js';
import { SCHEMA_FILES } from './schema-files.js';

interface Field {
  path: string;
  schema: { description?: string; examples?: unknown[] };
}

/** Every property of a schema, however deep. */
function fieldsOf(schema: Record<string, any>, path: string): Field[] {
  const own = Object.entries<Record<string, any>>(schema['properties'] ?? {}).flatMap(([name, property]) => [
    { path: `${path}/${name}`, schema: property },
    ...fieldsOf(property, `${path}/${name}`),
  ]);
  const branches = [...(schema['anyOf'] ?? []), ...(schema['items'] ? [schema['items']] : [])] as Record<string, any>[];
  return [...own, ...branches.flatMap((branch) => fieldsOf(branch, path))];
}

const fields = Object.entries(SCHEMA_FILES).flatMap(([file, schema]) => fieldsOf(schema as never, file));

describe('every field of every schema', () => {
  it('when they are counted / those of nested objects are found too', () => {
    const paths = fields.map(({ path }) => path);
    expect(paths).toEqual(
      expect.arrayContaining(['ContactUpdated.v1.json/contact/company/name', 'CloudEventHeaders.v1.json/ce_id']),
    );
    expect(paths).toContain('ContactUpdated.v1.json/contact/companies/is_primary');
  });

  it.each(fields)('when a schema has $path / it has a description and examples that are valid', ({ schema }) => {
    expect(schema.description).toMatch(/\w.*\.$/);
    expect(schema.examples?.length).toBeGreaterThan(0);
    const validator = Compile(schema as never);
    for (const example of schema.examples!) expect([example, validator.Errors(example)]).toEqual([example, []]);
  });
});

describe('a schema file', () => {
  it.each(Object.entries(SCHEMA_FILES))('%s has nothing that draft-07 reads differently', (_file, schema) => {
    const text = JSON.stringify(schema);
    expect(text).not.toMatch(/"(prefixItems|unevaluated\w+|dependent\w+|\$defs|\$dynamic\w+|minContains|maxContains)":/);
    expect(schema).toMatchObject({ $schema: 'https://json-schema.org/draft/2020-12/schema' });
  });

  it.each(Object.entries(SCHEMA_FILES))('%s allows unknown fields', (_file, schema) => {
    expect(JSON.stringify(schema)).not.toContain('additionalProperties');
  });

  it('for every event / exists under the $id that its records name', () => {
    for (const name of Object.keys(EVENTS) as EventName[]) {
      const { ce_dataschema } = encodeEvent(EVENT_EXAMPLES[name]).headers;
      expect(SCHEMA_FILES[`${name}.v1.json`]).toMatchObject({ $id: ce_dataschema });
    }
  });
});

describe.each(Object.keys(EVENTS) as EventName[])('the example of %s', (name) => {
  const event = EVENT_EXAMPLES[name];

  it('when it is checked / is valid', () => expect(eventDataDefects(name, event.data)).toEqual([]));

  it.each([null, '00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01'])(
    'when it is encoded / has valid headers, traced by %s',
    (traceparent) => {
      const { headers } = encodeEvent({ ...event, traceparent });
      const schema = isCompanyEvent(event) ? CompanyEventHeadersSchema : CloudEventHeadersSchema;
      expect(Compile(schema).Errors(headers)).toEqual([]);
      expect(Compile(ValueHeadersSchema).Errors(headers)).toEqual([]);
      const described = { ...schema.properties, ...ValueHeadersSchema.properties };
      expect(Object.keys(headers).filter((header) => !Object.hasOwn(described, header))).toEqual([]);
    },
  );
});

it('the headers of a tombstone / are those of every record, without a content type', () => {
  const { headers } = tombstoneAfter(EVENT_EXAMPLES.PortalLoginChanged, '0194c9a2-5f00-7000-8000-000000000005');
  expect(Compile(CloudEventHeadersSchema).Errors(headers)).toEqual([]);
  expect(Compile(ValueHeadersSchema).Check(headers)).toBe(false);
});
