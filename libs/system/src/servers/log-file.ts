import { closeSync, fstatSync, openSync, readSync, statSync } from 'node:fs';

/** Reads what is written to a log from now on. If the file is replaced, it reads the new one from the beginning. */
export function followLog(file: string): () => string {
  const before = statSync(file, { throwIfNoEntry: false });
  return () => {
    const now = statSync(file, { throwIfNoEntry: false });
    return now ? read(file, now.ino === before?.ino ? before.size : 0) : '';
  };
}

/** The last non-empty lines of a text. */
export const lastLines = (text: string, count: number): string => text.trimEnd().split('\n').slice(-count).join('\n');

function read(file: string, from: number): string {
  const descriptor = openSync(file, 'r');
  try {
    const bytes = Buffer.alloc(Math.max(0, fstatSync(descriptor).size - from));
    return bytes.toString('utf8', 0, readSync(descriptor, bytes, 0, bytes.length, from));
  } finally {
    closeSync(descriptor);
  }
}
