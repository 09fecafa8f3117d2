import { Ajv2020 } from 'ajv/dist/2020.js';
import type { Operation } from './openapi.requests.js';

type Schema = Record<string, any>;

const FORMATS = {
  'date-time': /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/,
  uuid: /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/,
  date: true,
  int64: true,
  email: true,
} as const;

/** Reports what in an answer differs from its operation in the document. A member that no schema names is a defect too. */
export class Judge {
  private readonly ajv = new Ajv2020({ strict: false, allErrors: true, formats: FORMATS });

  constructor(private readonly document: Schema) {
    this.ajv.addSchema(closed({ ...document, $id: 'openapi' }) as object);
  }

  defects(operation: Operation, response: Response, text: string): string[] {
    const entry = operation.responses[response.status];
    if (!entry) return [`${response.status} is not documented: ${text}`];
    if (response.status >= 500) return [`${response.status}: ${text}`];
    return [
      ...this.headerDefects(entry, response.headers),
      ...this.bodyDefects(entry, response.headers.get('content-type'), text),
    ];
  }

  private headerDefects({ headers }: Schema, given: Headers): string[] {
    const documented = Object.keys(headers);
    const unknown = [...given.keys()].filter(
      (name) => !TRANSPORT.has(name) && !documented.some((each) => each.toLowerCase() === name),
    );
    const wrong = documented.filter((name) => {
      const value = given.get(name);
      const { schema } = this.document['components'].headers[name];
      return value !== null && !this.ajv.validate(schema, schema.type === 'integer' ? Number(value) : value);
    });
    return [
      ...unknown.map((name) => `the header ${name} is not documented`),
      ...wrong.map((name) => `${name}: ${given.get(name)}`),
    ];
  }

  private bodyDefects({ content = {} }: Schema, type: string | null, text: string): string[] {
    if (Object.keys(content).length === 0) return text === '' ? [] : [`a body that is not documented: ${text}`];
    const media = content[type?.split(';', 1)[0] ?? ''];
    if (!media) return [`the content type ${type} is not documented`];
    if (!/\bjson\b/.test(type!)) return [];
    const { $ref: reference } = media.schema;
    const value: unknown = JSON.parse(text);
    const isValid =
      reference === undefined ? this.ajv.validate(media.schema, value) : this.ajv.validate(`openapi${reference}`, value);
    return isValid ? [] : [`${this.ajv.errorsText()}: ${text}`];
  }
}

/** Headers of the connection, not of the contract. */
const TRANSPORT = new Set([
  'connection',
  'content-length',
  'content-type',
  'date',
  'keep-alive',
  'transfer-encoding',
  'cache-control',
  'vary',
  'x-accel-buffering',
  'x-content-type-options',
  'x-frame-options',
]);

/** The same schemas, closed to members that they do not name. */
function closed(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(closed);
  if (typeof part !== 'object' || part === null) return part;
  const copy = Object.fromEntries(Object.entries(part).map(([name, value]) => [name, closed(value)]));
  const isObject = copy['type'] === 'object' && copy['properties'] !== undefined && copy['additionalProperties'] === undefined;
  return isObject ? { ...copy, additionalProperties: false } : copy;
}
