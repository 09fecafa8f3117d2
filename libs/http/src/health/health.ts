import { VERSION } from '#app/settings';
import type { FastifyReply } from 'fastify';

/** State of a part: `degraded` means that its work is late, `down` that the process can't serve without it. */
export type Status = 'ok' | 'degraded' | 'down';

/** State of a part, with details. */
export interface Part {
  status: Status;
  [detail: string]: unknown;
}

/** State of a process, with its parts. */
export interface Health {
  status: Status;
  /** The release that the process runs. */
  version: string;
  parts: Record<string, Part>;
}

/** The whole has the state of its worst part. */
export function healthOf(parts: Health['parts']): Health {
  const states = Object.values(parts).map(({ status }) => status);
  const status = (['down', 'degraded'] as const).find((state) => states.includes(state)) ?? 'ok';
  return { status, version: VERSION, parts };
}

/** The status of a part without which requests are still served. */
export const okIf = (isWell: boolean): Status => (isWell ? 'ok' : 'degraded');

/** Gives the report of a process the status of readiness: 200, or 503 with `Retry-After`. */
export function setReadiness(reply: FastifyReply, isReady: boolean): void {
  void reply.status(isReady ? 200 : 503);
  if (!isReady) void reply.header('Retry-After', '1');
}
