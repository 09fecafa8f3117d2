import { foldCase } from '#app/contracts';
import { PASSWORD_LENGTH } from '#app/credentials';
import type { FieldErrors } from '../writes/write-request.js';
import type { ContactPatch } from './contact.patch.js';

/** How many of the most common passwords of sufficient length are refused (ASVS 5.0, 6.2.4). */
const MOST_COMMON = 3_000;
const TOO_WEAK = 'is too easily guessed';

/** Passwords that attackers try first: the most common ones, and the login's own email. */
export class WeakPasswords {
  /** Refuses nothing. */
  static readonly allowed = new WeakPasswords(null);

  private constructor(private readonly common: ReadonlySet<string> | null) {}

  /** Refuses weak passwords. The list is loaded here, since most deployments do not need it. */
  static async refused(): Promise<WeakPasswords> {
    const { dictionary } = await import('@zxcvbn-ts/language-common');
    const longEnough = dictionary['passwords-common'].filter(({ length }) => length >= PASSWORD_LENGTH.min);
    return new WeakPasswords(new Set(longEnough.slice(0, MOST_COMMON)));
  }

  /** Errors of a patch's password, given the login's email after the patch. They do not hold the password. */
  refusalsOf({ password }: ContactPatch, email: string | null | undefined): FieldErrors {
    return this.common && password !== undefined && isWeak(password, email, this.common) ? { password: [TOO_WEAK] } : {};
  }
}

function isWeak(password: string, email: string | null | undefined, common: ReadonlySet<string>): boolean {
  const folded = foldCase(password);
  const address = foldCase(email ?? '');
  return common.has(folded) || folded === address || folded === address.slice(0, address.lastIndexOf('@'));
}
