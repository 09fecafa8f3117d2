import type { TSchema } from 'typebox';

const answeredSchemas = new Map<object, object>();

/**
 * The schema of a part of an event in answers: every property is required.
 *
 * An event's property that a later release added is optional, since older events lack it; an answer always has it.
 */
export const answered = <T extends TSchema>(schema: T): T => answeredPart(schema) as T;

function answeredPart(part: unknown): unknown {
  if (Array.isArray(part)) return part.map(answeredPart);
  if (typeof part !== 'object' || part === null) return part;
  const known = answeredSchemas.get(part);
  if (known) return known;
  const made: Record<string, unknown> = { ...part };
  answeredSchemas.set(part, made);
  const { properties, items, anyOf } = made;
  if (properties) {
    made['required'] = Object.keys(properties);
    made['properties'] = Object.fromEntries(Object.entries(properties).map(([name, each]) => [name, answeredPart(each)]));
  }
  if (items) made['items'] = answeredPart(items);
  if (anyOf) made['anyOf'] = answeredPart(anyOf);
  return made;
}
