import { join } from 'node:path';
import { BUILT } from '#app/system';

/** The built preload with its parameters, for `node --import`. */
export const preloadOf = (query: Record<string, string>): string =>
  `file://${join(BUILT, 'test/faults/seams/preload.js')}?${new URLSearchParams(query).toString()}`;
