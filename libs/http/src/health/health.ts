/** How a part is: `degraded` means that what it is for is late, `down` that the process can't serve without it. */
export type Status = 'ok' | 'degraded' | 'down';

/** How a part is, and what else there is to say of it. */
export interface Part {
  status: Status;
  [detail: string]: unknown;
}

/** How a process is, part by part. */
export interface Health {
  status: Status;
  parts: Record<string, Part>;
}

/** The state of the whole is that of its worst part. */
export function healthOf(parts: Health['parts']): Health {
  const states = Object.values(parts).map(({ status }) => status);
  const status = (['down', 'degraded'] as const).find((state) => states.includes(state)) ?? 'ok';
  return { status, parts };
}

/** The status of a part that is well or not, and need not be for requests to be served. */
export const okIf = (isWell: boolean): Status => (isWell ? 'ok' : 'degraded');
