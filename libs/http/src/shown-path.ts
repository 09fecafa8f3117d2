import { pathOf } from './path-of.js';

const LONGEST = { segment: 40, path: 200 } as const;

/** The path of a request for an error's text: without its query, and so short that no token in it is shown. */
export function shownPath(url: string): string {
  // Trap: a proxy's form of an address, http://user:password@host/path, arrives as it is.
  if (!url.startsWith('/')) return 'this address';
  const segments = pathOf(url)
    .slice(0, LONGEST.path + 1)
    .split('/');
  return cut(segments.map((segment) => (segment.length > LONGEST.segment ? '…' : segment)).join('/'));
}

const cut = (path: string): string => (path.length > LONGEST.path ? `${path.slice(0, LONGEST.path)}…` : path);
