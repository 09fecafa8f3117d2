/** Bounds on what a hash may ask of the verifier: an event may not make the auth app allocate gigabytes. */
const BOUNDS: Readonly<Record<string, number>> = { m: 64 * 1024, t: 10, p: 4 };

const PHC = /^\$argon2id\$v=19\$([mtp]=\d{1,9},[mtp]=\d{1,9},[mtp]=\d{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

/**
 * Whether a string is an argon2id hash in PHC form whose cost (memory in KiB, passes, lanes) is within what the auth app
 * is ready to pay. The three may stand in any order: libraries differ in it.
 */
export function isAcceptablePhc(phc: string): boolean {
  const [, parameters] = PHC.exec(phc) ?? [];
  if (parameters === undefined) return false;
  const costs = new Map(parameters.split(',').map((parameter) => [parameter.slice(0, 1), Number(parameter.slice(2))]));
  return Object.entries(BOUNDS).every(([name, bound]) => (costs.get(name) ?? Infinity) <= bound);
}
