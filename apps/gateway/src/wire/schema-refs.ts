import { ContactCompanySchema, ContactSchema, TagSchema } from '#app/contracts';
import type { TSchema } from 'typebox';
import { answered } from './answered.js';

type Json = Record<string, unknown>;

/** Component names of the contract's schemas, which have no titles. */
const NAMES = new Map<object, string>(
  [
    { schema: ContactSchema, name: 'Contact' },
    { schema: ContactCompanySchema, name: 'ContactCompany' },
    { schema: TagSchema, name: 'Tag' },
  ].flatMap(({ schema, name }) => [
    [schema, name],
    [answered(schema), name],
  ]),
);

/** Parts of a schema that hold values, not schemas. */
const VALUES = new Set(['const', 'default', 'enum', 'examples', 'required']);

/** Schemas of answers, collected while controllers load. */
const declared = new Map<string, TSchema>();

/** A reference to a schema by its title, among the document's components. */
export function referenceTo(schema: TSchema): { $ref: string } {
  const name = nameOf(schema);
  if (name === undefined) throw new Error('A schema of an answer needs a title.');
  if (declared.get(name) !== undefined && declared.get(name) !== schema) throw new Error(`Two schemas are called ${name}.`);
  declared.set(name, schema);
  return { $ref: `#/components/schemas/${name}` };
}

/** These schemas, those of answers, and all named ones in them, each once. */
export function schemaComponents(others: readonly TSchema[]): Record<string, unknown> {
  const components: Record<string, unknown> = {};
  for (const schema of [...declared.values(), ...others]) add(schema, components);
  return Object.fromEntries(Object.entries(components).sort(([a], [b]) => (a < b ? -1 : 1)));
}

function add(schema: object, components: Record<string, unknown>): void {
  const name = nameOf(schema)!;
  if (components[name] !== undefined) return;
  const { title: _, ...rest } = schema as Json;
  // Before its parts: a schema may contain itself.
  components[name] = {};
  components[name] = withReferences(rest, components);
}

function withReferences(schema: object, components: Record<string, unknown>): unknown {
  if (Array.isArray(schema)) return schema.map((each) => referencing(each, components));
  return Object.fromEntries(
    Object.entries(schema).map(([key, value]) => [key, VALUES.has(key) ? value : referencing(value, components)]),
  );
}

function referencing(value: unknown, components: Record<string, unknown>): unknown {
  if (typeof value !== 'object' || value === null) return value;
  const name = nameOf(value);
  if (name === undefined) return withReferences(value, components);
  add(value, components);
  return { $ref: `#/components/schemas/${name}` };
}

/** A property may be named `title`: then it is a schema, not a string. */
function nameOf(schema: object): string | undefined {
  const { title } = schema as { title?: unknown };
  return NAMES.get(schema) ?? (typeof title === 'string' ? title : undefined);
}
