import { createReadStream, readdirSync } from 'node:fs';
import { join } from 'node:path';
import type { SecretFinding } from './evidence.js';

/** The text that every plain hash contains. */
const OPEN_HASH = '$argon2';

/** A text without secrets, and its name. */
export interface Searched {
  place: string;
  text: string;
}

/** Searches texts for the canary of the passwords and for plain hashes. */
export const searchTexts = (canary: string, texts: readonly Searched[]): SecretFinding[] =>
  texts.flatMap(({ place, text }) => findings(canary, place, text));

/** Searches the logs of a folder in the same way. */
export async function searchLogs(canary: string, folder: string): Promise<SecretFinding[]> {
  const files = readdirSync(folder).filter((name) => /\.log(\.\d+)?$/.test(name));
  return (await Promise.all(files.map((name) => searchLog(canary, name, join(folder, name))))).flat();
}

/** Reads in pieces, each with the end of the piece before: a secret can span two. */
async function searchLog(canary: string, place: string, file: string): Promise<SecretFinding[]> {
  const found = new Map<string, SecretFinding>();
  let tail = '';
  for await (const chunk of createReadStream(file, 'latin1') as AsyncIterable<string>) {
    for (const each of findings(canary, place, tail + chunk)) found.set(each.secret, each);
    tail = chunk.slice(-canary.length);
  }
  return [...found.values()];
}

const findings = (canary: string, place: string, text: string): SecretFinding[] => [
  ...(text.includes(canary) ? [{ place, secret: 'password' as const }] : []),
  ...(text.includes(OPEN_HASH) ? [{ place, secret: 'hash' as const }] : []),
];
