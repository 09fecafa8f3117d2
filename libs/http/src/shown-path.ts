import { pathOf } from './path-of.js';

const LONGEST = { segment: 40, path: 200 } as const;
const LONG_SEGMENTS = new RegExp(`[^/]{${LONGEST.segment + 1},}`, 'g');

/** The path of a request for logs and traces: without its query, and without segments so long that they can be tokens. */
export function loggedPath(url: string): string {
  const path = pathOf(url);
  return path.length > LONGEST.segment ? path.replace(LONG_SEGMENTS, '…') : path;
}

/** The path of a request for an error's text: as in logs, and short. */
export function shownPath(url: string): string {
  // Trap: a proxy's form of an address, http://user:password@host/path, arrives as it is.
  if (!url.startsWith('/')) return 'this address';
  const path = loggedPath(url);
  return path.length > LONGEST.path ? `${path.slice(0, LONGEST.path)}…` : path;
}
