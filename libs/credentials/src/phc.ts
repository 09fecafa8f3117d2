import { HASH_COST } from './password-hash.js';

/** Highest cost of a hash: an event must not make the auth app allocate gigabytes. */
const MOST = { memory: 64 * 1024, passes: 10, lanes: 4 } as const;
/** Lowest cost of a hash: the gateway never makes a cheaper one, which would help to guess passwords or to tell logins apart by time. */
const LEAST = { memory: 7 * 1024, work: HASH_COST.memoryCost * HASH_COST.timeCost } as const;

const PHC = /^\$argon2id\$v=19\$([mtp]=\d{1,9},[mtp]=\d{1,9},[mtp]=\d{1,9})\$[A-Za-z0-9+/]{11,86}\$[A-Za-z0-9+/]{22,86}$/;

/**
 * Whether a string is an argon2id hash in PHC form whose cost (memory in KiB, passes, lanes) is within the limits of the auth app.
 * The three may stand in any order, since libraries differ in it.
 */
export function isAcceptablePhc(phc: string): boolean {
  const [, parameters] = PHC.exec(phc) ?? [];
  if (parameters === undefined) return false;
  const costs = new Map(parameters.split(',').map((parameter) => [parameter.slice(0, 1), Number(parameter.slice(2))]));
  const [memory = 0, passes = 0, lanes = 0] = ['m', 't', 'p'].map((name) => costs.get(name));
  const isAffordable = memory <= MOST.memory && passes <= MOST.passes && lanes <= MOST.lanes;
  return isAffordable && lanes >= 1 && memory >= LEAST.memory && memory * passes >= LEAST.work;
}
