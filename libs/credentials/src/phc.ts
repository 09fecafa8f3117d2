/** Bounds on what a hash may ask of the verifier: an event may not make the auth app allocate gigabytes. */
const BOUNDS = { memoryKiB: 64 * 1024, iterations: 10, parallelism: 4 } as const;

const PHC = /^\$argon2id\$v=19\$m=(\d{1,7}),t=(\d{1,3}),p=(\d{1,2})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

/** Whether a string is an argon2id hash in PHC form whose cost is within what the auth app is ready to pay. */
export function isAcceptablePhc(phc: string): boolean {
  const [, memoryKiB, iterations, parallelism] = PHC.exec(phc) ?? [];
  return (
    memoryKiB !== undefined &&
    Number(memoryKiB) <= BOUNDS.memoryKiB &&
    Number(iterations) <= BOUNDS.iterations &&
    Number(parallelism) <= BOUNDS.parallelism
  );
}
