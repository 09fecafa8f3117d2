/** A part of a JSON Schema. */
export interface Schema {
  type?: string;
  const?: unknown;
  format?: string;
  pattern?: string;
  description?: string;
  examples?: unknown[];
  required?: string[];
  properties?: Record<string, Schema>;
  items?: Schema;
  anyOf?: Schema[];
  allOf?: Schema[];
  $ref?: string;
}

/** A field as a line of a table. */
interface SchemaRow {
  path: string;
  type: string;
  required: boolean;
  description: string;
  example: string;
}

/** Every field of a schema; nested ones are named `contact.company.name` and `tags[].id`. */
export function schemaRows(schema: Schema, path = ''): SchemaRow[] {
  const own = Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const at = path ? `${path}.${name}` : name;
    const required = schema.required?.includes(name) ?? false;
    return [rowOf(at, field, required), ...schemaRows(field, at)];
  });
  const items = schema.items ? schemaRows(schema.items, `${path}[]`) : [];
  return [...own, ...items, ...[...(schema.anyOf ?? []), ...(schema.allOf ?? [])].flatMap((branch) => schemaRows(branch, path))];
}

const rowOf = (path: string, schema: Schema, required: boolean): SchemaRow => {
  const [example] = schema.examples ?? [];
  return {
    path,
    type: typeOf(schema),
    required,
    description: schema.description ?? '',
    // An object is shown by its fields.
    example: typeof example === 'object' && example !== null && !Array.isArray(example) ? '' : JSON.stringify(example ?? null),
  };
};

function typeOf(schema: Schema): string {
  if (schema.anyOf) return schema.anyOf.map(typeOf).join(' or ');
  const type = schema.items ? `list of ${typeOf(schema.items)}` : (schema.type ?? 'any');
  return schema.format ? `${type} (${schema.format})` : type;
}
