import { foldCase } from '#app/contracts';
import { PASSWORD_LENGTH } from '#app/credentials';
import type { FieldErrors } from '../writes/write-request.js';
import type { ContactPatch } from './contact.patch.js';

/** How many of the most common passwords of sufficient length are refused (ASVS 5.0, 6.2.4). */
const MOST_COMMON = 3_000;
const TOO_WEAK = 'is too easily guessed';

/** The passwords that attackers try first, loaded here, since most deployments do not need them. */
export async function commonPasswords(): Promise<ReadonlySet<string>> {
  const { dictionary } = await import('@zxcvbn-ts/language-common');
  const longEnough = dictionary['passwords-common'].filter(({ length }) => length >= PASSWORD_LENGTH.min);
  return new Set(longEnough.slice(0, MOST_COMMON));
}

/** Checks new passwords against the common ones and the login's own email. */
export class WeakPasswords {
  /** @param common null: every password is accepted */
  constructor(private readonly common: ReadonlySet<string> | null) {}

  /** Errors of a patch's password, given the login's email after the patch. They do not hold the password. */
  errorsOf({ password }: ContactPatch, email: string | null | undefined): FieldErrors {
    return this.common && password !== undefined && isWeak(password, email, this.common) ? { password: [TOO_WEAK] } : {};
  }
}

function isWeak(password: string, email: string | null | undefined, common: ReadonlySet<string>): boolean {
  const folded = foldCase(password);
  const address = foldCase(email ?? '');
  return common.has(folded) || folded === address || folded === address.slice(0, address.lastIndexOf('@'));
}
