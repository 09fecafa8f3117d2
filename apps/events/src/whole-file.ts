import { createWriteStream } from 'node:fs';
import { lstat, realpath, rename, rm, stat } from 'node:fs/promises';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { Refused } from './events.errors.js';

/**
 * The path to write a file at: where a link points, so that the link stays one.
 * @param isThere what to say of a file that is there already; undefined where it may be replaced
 * @throws {Refused} where it must not be replaced, or is a folder, a device or a pipe
 */
export async function pathToWrite(file: string, isThere?: string): Promise<string> {
  const found = await lstat(file).catch(() => undefined);
  if (!found) return file;
  if (isThere !== undefined) throw new Refused(isThere);
  const path = await realpath(file);
  if (!(await stat(path)).isFile()) throw new Refused(`${file} is no file.`);
  return path;
}

interface WriteOptions {
  signal?: AbortSignal;
  /** @default only the owner can read it */
  mode?: number;
}

/** Writes the whole file, or leaves what is there as it was: a cut file looks complete. */
export async function writeWhole(
  path: string,
  parts: Iterable<string> | AsyncIterable<string>,
  { signal, mode = 0o600 }: WriteOptions = {},
): Promise<void> {
  // With the process's id: two commands that write one file at once do not write into one draft.
  const draft = `${path}.${process.pid}.partial`;
  try {
    await pipeline(Readable.from(parts), createWriteStream(draft, { mode }), { ...(signal && { signal }) });
    await rename(draft, path);
  } finally {
    await rm(draft, { force: true });
  }
}
