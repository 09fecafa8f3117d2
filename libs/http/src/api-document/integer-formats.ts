const LARGEST_INT32 = 2 ** 31 - 1;
/** Parts of a schema that hold values, not schemas. */
const VALUES = new Set(['const', 'default', 'enum', 'example', 'examples']);

type Json = Record<string, unknown>;

/** The same document with a format for each integer that 32 bits may not hold: Java's and Go's generators take 32 without one. */
export function withIntegerFormats<T>(part: T): T {
  if (Array.isArray(part)) return part.map(withIntegerFormats) as T;
  if (typeof part !== 'object' || part === null) return part;
  const copy = Object.fromEntries(
    Object.entries(part).map(([name, value]) => [name, VALUES.has(name) ? value : withIntegerFormats(value as unknown)]),
  );
  return (isLarge(copy) ? { ...copy, format: 'int64' } : copy) as T;
}

const isLarge = ({ type, maximum, enum: values }: Json): boolean =>
  [type].flat().includes('integer') && values === undefined && !(Number(maximum) <= LARGEST_INT32);
