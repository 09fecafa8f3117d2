import { argon2id, hash, verify } from 'argon2';
import { normalizePassword } from './password.js';

/**
 * OWASP's first choice for argon2id: 19 MiB, two passes, one lane.
 * The gateway hashes and the auth app checks at this one cost, so that a check takes equally long with and without a login.
 */
export const HASH_COST = { type: argon2id, memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

/** The argon2id hash of a password, in PHC form. */
export const hashPassword = (password: string): Promise<string> => hash(normalizePassword(password), HASH_COST);

/** Whether a password matches a hash in PHC form, at the cost that the hash names. */
export const isPasswordOf = (phc: string, password: string): Promise<boolean> => verify(phc, normalizePassword(password));
