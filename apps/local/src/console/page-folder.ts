import { join } from 'node:path';
import { BUILT } from '#app/system';

/** The page's files as they are in the repository: they need no build, and the local run always works in a clone. */
export const PAGE_FOLDER = join(BUILT, '../apps/local/console');
