/** One `name=value` of `Forwarded` (RFC 7239), or none, and what ends it. Unquoted values may hold colons and brackets, as some proxies write. */
const PAIR = /[ \t]*(?:([\w!#$%&'*+.^`|~-]+)=("(?:[^"\\]|\\.)*"|[^\s",;\\]*)[ \t]*)?([;,]|$)/gy;

/** Stands for a hop without exactly one `for`, so that hops can be counted, and for a header that is not well-formed. */
const UNNAMED = 'unknown';

/**
 * Reads who sent the request to each hop. A header that is not well-formed names nobody: a quote that its sender left
 * open would hide what a trusted proxy appends.
 */
export function forwardedFor(header: string | undefined): string[] {
  if (header === undefined) return [];
  const pairs = [...header.matchAll(PAIR)];
  if (pairs.reduce((length, [pair]) => length + pair.length, 0) !== header.length) return [UNNAMED];
  const hops: string[] = [];
  let names: string[] = [];
  let hasPairs = false;
  for (const [, name, value = '', end] of pairs) {
    hasPairs ||= name !== undefined;
    if (name?.toLowerCase() === 'for') names.push(unquoted(value));
    if (end === ';') continue;
    if (hasPairs) hops.push(names.length === 1 ? names[0]! : UNNAMED);
    names = [];
    hasPairs = false;
  }
  return hops;
}

const unquoted = (value: string): string => value.replace(/^"(.*)"$/, '$1').replace(/\\(.)/g, '$1');
