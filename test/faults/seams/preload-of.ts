import { join } from 'node:path';
import { BUILT } from '#app/system';

/** The built preload as `node --import` takes it, with what it is asked to do. */
export const preloadOf = (query: Record<string, string>): string =>
  `file://${join(BUILT, 'test/faults/seams/preload.js')}?${new URLSearchParams(query).toString()}`;
