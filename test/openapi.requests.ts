import fc from 'fast-check';

type Schema = Record<string, any>;

/** An operation of an OpenAPI document. */
export interface Operation {
  id: string;
  method: string;
  path: string;
  parameters: Schema[];
  body: Schema | undefined;
  responses: Record<string, Schema>;
}

/** A generated request of an operation; its path is relative to the server. */
export interface MadeRequest {
  method: string;
  path: string;
  headers: Record<string, string>;
  body: string | undefined;
}

/** A part of a document with its references resolved. */
export class Described {
  constructor(readonly document: Schema) {}

  operations(): Operation[] {
    return Object.entries<Schema>(this.document['paths']).flatMap(([path, item]) =>
      Object.entries<Schema>(item).map(([method, operation]) => ({
        id: operation['operationId'],
        method: method.toUpperCase(),
        path,
        parameters: operation['parameters'].map((parameter: Schema) => this.follow(parameter)),
        body: operation['requestBody']?.content['application/json'].schema,
        responses: Object.fromEntries(
          Object.entries<Schema>(operation['responses']).map(([status, response]) => [status, this.follow(response)]),
        ),
      })),
    );
  }

  follow(part: Schema): Schema {
    const reference = part['$ref'] as string | undefined;
    if (reference === undefined) return part;
    return reference
      .split('/')
      .slice(1)
      .reduce((at, name) => at[name], this.document);
  }

  /** Requests of an operation: most are valid by their schemas, some have a random part. */
  requests(operation: Operation): fc.Arbitrary<MadeRequest> {
    const parts = operation.parameters.map((parameter) => this.parameter(parameter));
    const body = operation.body ? this.body(operation.body) : fc.constant(undefined);
    return fc.tuple(fc.tuple(...parts), body).map(([values, text]) => {
      const given = operation.parameters.map((parameter, index) => ({ parameter, value: values[index] }));
      return {
        method: operation.method,
        path: pathOf(operation.path, given),
        headers: { ...headersOf(given), ...(text === undefined ? {} : { 'content-type': 'application/json' }) },
        body: text,
      };
    });
  }

  private parameter({ required, schema, in: place }: Schema): fc.Arbitrary<unknown> {
    // The fuzzer's token has the id 1.
    if (place === 'path' && schema.type === 'integer')
      return fc.oneof({ weight: 6, arbitrary: fc.integer({ min: 2, max: 6 }) }, WILD_TEXT);
    const sent = place === 'query' ? fc.oneof({ weight: 5, arbitrary: this.value(schema) }, WILD_TEXT) : this.value(schema);
    // Conditions are rare, because a request must meet all of them.
    return required ? sent : fc.oneof({ weight: 4, arbitrary: fc.constant(undefined) }, sent);
  }

  private body(schema: Schema): fc.Arbitrary<string> {
    const valid = this.value(schema);
    const spoiled = fc.tuple(valid, fc.jsonValue(), fc.nat()).map(([value, anything, at]) => {
      const names = Object.keys(value as object);
      return names.length === 0 ? anything : { ...(value as object), [names[at % names.length]!]: anything };
    });
    return fc.oneof(
      { weight: 6, arbitrary: valid.map((value) => JSON.stringify(value)) },
      { weight: 3, arbitrary: spoiled.map((value) => JSON.stringify(value)) },
      fc.constantFrom('', '[]', '{', 'null', '"text"'),
    );
  }

  private value(part: Schema): fc.Arbitrary<any> {
    const schema = this.follow(part);
    if ('const' in schema) return fc.constant(schema['const']);
    if ('enum' in schema) return fc.constantFrom(...schema['enum']);
    if ('anyOf' in schema) return fc.oneof(...schema['anyOf'].map((each: Schema) => this.value(each)));
    const types = [schema['type']].flat() as string[];
    return fc.oneof(...types.map((type) => this.typed(type, schema)));
  }

  private typed(type: string, schema: Schema): fc.Arbitrary<any> {
    switch (type) {
      case 'null':
        return fc.constant(null);
      case 'boolean':
        return fc.boolean();
      case 'integer':
        return fc.oneof(fc.integer({ min: Math.max(schema['minimum'] ?? -5, 1), max: 6 }), fc.constant(schema['maximum'] ?? 7));
      case 'array':
        return fc.array(this.value(schema['items']), {
          minLength: schema['minItems'] ?? 0,
          maxLength: Math.max(schema['minItems'] ?? 0, 2),
        });
      case 'object':
        return this.object(schema);
      default:
        return textOf(schema);
    }
  }

  private object({ properties = {}, required = [] }: Schema): fc.Arbitrary<object> {
    const values = Object.entries<Schema>(properties).map(([name, schema]) => [name, this.value(schema)] as const);
    return fc.record(Object.fromEntries(values), { requiredKeys: required });
  }
}

const WILD_TEXT = fc.oneof(
  fc.string({ maxLength: 8 }),
  fc.constantFrom('0', '-1', '1.5', '9007199254740993', '\u0000', '💥', '%', 'null'),
);
const EMAILS = ['a@x.io', 'A@x.io', 'ann@acme.example', 'ben@acme.example', 'not an email'];

function textOf({ format, pattern, minLength = 0, maxLength = 12 }: Schema): fc.Arbitrary<string> {
  if (format === 'email') return fc.constantFrom(...EMAILS);
  if (format === 'date-time')
    return fc.date({ noInvalidDate: true, min: new Date(0), max: new Date('2100-01-01') }).map((date) => date.toISOString());
  if (format === 'date') return fc.constantFrom('2026-01-31', '1999-12-01');
  const length = { minLength, maxLength: Math.max(minLength, Math.min(maxLength, 12)) };
  const plain = fc.string({ unit: 'grapheme', ...length });
  if (pattern === undefined) return plain;
  const fits = new RegExp(pattern, 'u');
  // Most text meets a pattern that excludes characters; a pattern with a fixed form needs text made from it.
  return pattern.startsWith('^[^') ? plain.filter((text) => fits.test(text)) : fc.stringMatching(fits, { maxLength: 40 });
}

interface Given {
  parameter: Schema;
  value: any;
}

function pathOf(template: string, given: Given[]): string {
  const values = new Map(
    given.filter(({ parameter }) => parameter['in'] === 'path').map((each) => [each.parameter['name'], each.value]),
  );
  const path = template.replace(/\{(\w+)\}/g, (_, name: string) =>
    encodeURIComponent(wellFormed(values.get(name)) || '0').replace(/^\.+$/, '0'),
  );
  const pairs = given.filter(({ parameter, value }) => parameter['in'] === 'query' && value !== undefined).flatMap(pairsOf);
  return pairs.length === 0
    ? path
    : `${path}?${pairs.map(([name, value]) => `${encodeURIComponent(name)}=${encodeURIComponent(wellFormed(value))}`).join('&')}`;
}

function pairsOf({ parameter, value }: Given): [string, unknown][] {
  const name = parameter['name'] as string;
  if (Array.isArray(value)) return [[name, value.join(',')]];
  if (typeof value === 'object' && value !== null) return Object.entries(value).map(([key, each]) => [`${name}[${key}]`, each]);
  return [[name, value]];
}

const headersOf = (given: Given[]): Record<string, string> =>
  Object.fromEntries(
    given
      .filter(({ parameter, value }) => parameter['in'] === 'header' && value !== undefined)
      .map(({ parameter, value }) => [parameter['name'], String(value).replace(/[^\x20-\x7e]/g, '')]),
  );

const wellFormed = (value: any): string => String(value ?? '').toWellFormed();
