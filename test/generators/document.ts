import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { InvalidArgumentError } from 'commander';

type Paths = Record<string, Record<string, { operationId: string }>>;

/** An OpenAPI document: its absolute path, and the ids of its operations. */
export interface ApiDocument {
  path: string;
  operationIds: string[];
}

/**
 * Reads the document that a command names.
 * @throws {InvalidArgumentError} if it is none
 */
export function documentOf(file: string): ApiDocument {
  const path = resolve(file);
  const { paths } = parsed(textOf(path));
  if (!paths) throw new InvalidArgumentError('It has no paths.');
  const operationIds = Object.values(paths).flatMap((item) => Object.values(item).map(({ operationId }) => operationId));
  return { path, operationIds };
}

function textOf(path: string): string {
  try {
    return readFileSync(path, 'utf8');
  } catch (error) {
    throw new InvalidArgumentError(`It cannot be read: ${(error as NodeJS.ErrnoException).code}.`);
  }
}

function parsed(text: string): { paths?: Paths } {
  try {
    return JSON.parse(text) as { paths?: Paths };
  } catch {
    throw new InvalidArgumentError('It is not JSON.');
  }
}
