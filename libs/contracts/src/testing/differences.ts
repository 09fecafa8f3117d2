/** Whether an object may have more than the expected fields. */
export interface Strictness {
  partial?: boolean;
}

/**
 * Where two values differ: one line per field, `data.contact.email: expected "a@x.io", was "b@x.io"`. Maps and sets are compared by
 * their content, in any order; an expected value may be the test runner's matcher (`expect.any(String)`).
 */
export function differences(expected: unknown, actual: unknown, strictness: Strictness = {}, path = ''): string[] {
  if (isMatcher(expected)) return expected.asymmetricMatch(actual) ? [] : [line(path, expected, actual)];
  if (expected instanceof Set && actual instanceof Set) return memberDifferences(expected, actual, path);
  const [wanted, seen] = [plain(expected), plain(actual)];
  if (Object.is(wanted, seen)) return [];
  if (!isTree(wanted) || !isTree(seen) || Array.isArray(wanted) !== Array.isArray(seen)) return [line(path, wanted, seen)];
  const isPartial = strictness.partial && !Array.isArray(wanted);
  const names = new Set([...Object.keys(wanted), ...(isPartial ? [] : Object.keys(seen))]);
  return [...names].flatMap((name) => differences(wanted[name], seen[name], strictness, path ? `${path}.${name}` : name));
}

/** Members of one set that the other does not have. */
function memberDifferences(expected: ReadonlySet<unknown>, actual: ReadonlySet<unknown>, path: string): string[] {
  const extra = [...actual].filter((member) => !expected.has(member));
  const missing = [...expected].filter((member) => {
    if (actual.has(member)) return false;
    const equal = extra.findIndex((other) => differences(member, other).length === 0);
    if (equal >= 0) extra.splice(equal, 1);
    return equal < 0;
  });
  return [...missing.map((member) => line(path, member, undefined)), ...extra.map((member) => line(path, undefined, member))];
}

interface Matcher {
  toString: () => string;
  asymmetricMatch: (value: unknown) => boolean;
}

const isMatcher = (value: unknown): value is Matcher =>
  typeof (value as Partial<Matcher> | null | undefined)?.asymmetricMatch === 'function';

const isTree = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

function plain(value: unknown): unknown {
  if (value instanceof Map) return Object.fromEntries([...value].map(([key, held]) => [String(key), held as unknown]));
  if (value instanceof Set) return [...(value as Set<unknown>)];
  return value instanceof Date ? value.toISOString() : value;
}

const line = (path: string, expected: unknown, actual: unknown): string =>
  `${path || 'the whole'}: expected ${shown(expected)}, was ${shown(actual)}`;

const LONGEST = 200;

function shown(value: unknown): string {
  if (value === undefined) return 'nothing';
  const text = isMatcher(value) ? value.toString() : (jsonOf(value) ?? typeof value);
  return text.length > LONGEST ? `${text.slice(0, LONGEST)} …` : text;
}

/** Undefined for a function or a symbol. JSON has no type for a bigint. */
const jsonOf = (value: unknown): string | undefined =>
  typeof value === 'bigint'
    ? `${value}n`
    : JSON.stringify(plain(value), (_, part: unknown) => (typeof part === 'bigint' ? `${part}n` : part));
