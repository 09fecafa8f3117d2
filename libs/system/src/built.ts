import { join, resolve } from 'node:path';

const root = resolve(import.meta.dirname, '../../..');

/** The folder of the built code: a process of its own can't run what jest transforms in memory. */
export const BUILT = import.meta.url.endsWith('.ts') ? join(root, 'dist') : root;

/** Where the processes of this clone keep compiled code: with it a start takes half the processor time. */
export const COMPILE_CACHE = resolve(BUILT, '../.cache/node');
