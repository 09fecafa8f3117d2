import { isDeepStrictEqual } from 'node:util';

/** A JSON Schema, or a part of one. */
export type Schema = Readonly<Record<string, any>>;

/** Keywords that describe and forbid nothing. */
const ANNOTATIONS = new Set(['$schema', '$comment', 'title', 'description', 'examples', 'default', 'deprecated']);
/** Keywords whose content is compared. */
const STRUCTURE = new Set(['properties', 'patternProperties', 'required', 'items', 'anyOf']);

/**
 * Returns the changes of a schema that break the promise that data only grows within a major version: one line a break.
 *
 * Two readers count. One has the released schema and reads new data: no part may be removed, become optional, or take new
 * values. The other has the new schema and reads old data: no part may become required or narrower. So a change may only add
 * an optional property, or words. A change of a rule that this check does not know is a break.
 */
export function breaksOf(released: Schema, current: Schema, path = ''): string[] {
  return [
    ...rulesChanged(released, current, path),
    ...requirementsChanged(released, current, path),
    ...propertiesChanged(released, current, path),
    ...['items'].flatMap((keyword) => partChanged(released[keyword], current[keyword], `${path}/${keyword}`)),
    ...mapChanged(released['patternProperties'], current['patternProperties'], `${path}/patternProperties`),
    ...alternativesChanged(released['anyOf'] ?? [], current['anyOf'] ?? [], path),
  ];
}

function rulesChanged(released: Schema, current: Schema, path: string): string[] {
  const keywords = new Set([...Object.keys(released), ...Object.keys(current)]);
  return [...keywords]
    .filter((keyword) => !ANNOTATIONS.has(keyword) && !STRUCTURE.has(keyword))
    .filter((keyword) => !isDeepStrictEqual(released[keyword], current[keyword]))
    .map((keyword) => `${path || '/'}: ${keyword} was ${shown(released[keyword])} and is ${shown(current[keyword])}`);
}

function requirementsChanged(released: Schema, current: Schema, path: string): string[] {
  const before = new Set<string>(released['required'] ?? []);
  const after = new Set<string>(current['required'] ?? []);
  return [
    ...[...before].filter((name) => !after.has(name)).map((name) => `${path}/${name}: was required and is optional`),
    ...[...after]
      .filter((name) => !before.has(name))
      .map((name) => `${path}/${name}: is required, and recorded data may lack it`),
  ];
}

function propertiesChanged(released: Schema, current: Schema, path: string): string[] {
  const isOpen = released['additionalProperties'] === undefined && released['patternProperties'] === undefined;
  const added = Object.keys(current['properties'] ?? {}).filter((name) => !Object.hasOwn(released['properties'] ?? {}, name));
  return [
    ...mapChanged(released['properties'], current['properties'], path),
    ...(isOpen ? [] : added.map((name) => `${path}/${name}: is new where readers take no unknown names`)),
  ];
}

const mapChanged = (released: Schema = {}, current: Schema = {}, path: string): string[] =>
  Object.entries<Schema>(released).flatMap(([name, schema]) => partChanged(schema, current[name], `${path}/${name}`));

function partChanged(released: Schema | undefined, current: Schema | undefined, path: string): string[] {
  if (released && current) return breaksOf(released, current, path);
  if (released) return [`${path}: is gone`];
  return current ? [`${path}: is a new rule`] : [];
}

function alternativesChanged(released: Schema[], current: Schema[], path: string): string[] {
  if (released.length !== current.length)
    return [`${path || '/'}: had ${released.length} alternatives and has ${current.length}`];
  return released.flatMap((alternative, index) => breaksOf(alternative, current[index]!, `${path}/${index}`));
}

const shown = (value: unknown): string => (value === undefined ? 'nothing' : JSON.stringify(value));
