import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

/** A digest of files and texts: it shows whether something made from them is up to date. */
export function digestOf(...parts) {
  const hash = createHash('sha256');
  for (const part of parts) hash.update(`${part.length}:`).update(part);
  return hash.digest('hex');
}

/** Whether the stamp has this digest. Any other content, or no file, means that the work is done again. */
export const isStamped = (file, digest) => existsSync(file) && readFileSync(file, 'utf8') === digest;

export const stamp = (file, digest) => writeFileSync(file, digest);

/** All files below a folder, in a fixed order, as paths from `root`. */
export function filesUnder(root, folder) {
  if (!existsSync(join(root, folder))) return [];
  const entries = readdirSync(join(root, folder), { withFileTypes: true }).sort((a, b) => (a.name < b.name ? -1 : 1));
  return entries.flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    return entry.isDirectory() ? filesUnder(root, path) : [path];
  });
}
