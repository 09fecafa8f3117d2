/** Shortest and longest password, in code points after normalisation. */
export const PASSWORD_LENGTH = { min: 8, max: 255 } as const;
/** More code units than the longest password can have: a character decomposes to at most four, each at most a pair. */
const MOST_CODE_UNITS = PASSWORD_LENGTH.max * 4 * 2;
const TOO_LONG = `must be at most ${PASSWORD_LENGTH.max} characters`;

/**
 * The form in which a password is hashed and checked: Unicode NFC, nothing trimmed or cut.
 * The gateway uses it when a password is set, the auth app at sign-in: the same keys typed on two systems give one password.
 */
export const normalizePassword = (password: string): string => password.normalize('NFC');

/**
 * Why a string can't be a password, without the password; null where it can be.
 * Trap: normalising is quadratic in combining marks, a minute for a body of 1 MiB: length first.
 */
export function passwordDefect(password: string): string | null {
  if (password.length > MOST_CODE_UNITS) return TOO_LONG;
  if (!password.isWellFormed()) return 'must be well-formed Unicode';
  if (/\p{Cc}/u.test(password)) return 'must not contain control characters';
  const length = [...normalizePassword(password)].length;
  if (length < PASSWORD_LENGTH.min) return `must be at least ${PASSWORD_LENGTH.min} characters`;
  if (length > PASSWORD_LENGTH.max) return TOO_LONG;
  return null;
}
