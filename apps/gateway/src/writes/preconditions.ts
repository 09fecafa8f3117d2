import { permitsWrite } from './version-condition.js';
import { VersionMismatch } from './write.errors.js';
import type { WriteRequest } from './write-request.js';

/**
 * Checks the conditions of a request against the version of its resource.
 * @throws {VersionMismatch}
 */
export function assertPreconditions({ condition }: WriteRequest, version: number): void {
  if (condition && !permitsWrite(condition, version)) throw new VersionMismatch();
}
