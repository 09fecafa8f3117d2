import { permitsWrite } from './version-condition.js';
import { VersionMismatch } from './write.errors.js';
import type { WriteRequest } from './write-request.js';

/**
 * Holds the conditions of a request against the version of what it writes.
 * @throws {VersionMismatch}
 */
export function assertPreconditions({ ifMatch }: WriteRequest, version: number): void {
  if (ifMatch && !permitsWrite(ifMatch, version)) throw new VersionMismatch();
}
