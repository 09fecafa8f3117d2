import { domainToASCII } from 'node:url';
import { foldCase } from './fold-case.js';

/**
 * The form in which login emails are compared: two addresses are one login if and only if their keys are equal.
 *
 * Folds case, Unicode form (NFC) and the spelling of the domain (IDNA, to ASCII). Idempotent: a key is its own key.
 * A domain that IDNA cannot express is only folded; {@link hasRegistrableDomain} tells those apart at the edge.
 */
export function loginEmailKey(email: string): string {
  const trimmed = email.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 0) return foldCase(trimmed);
  const domain = trimmed.slice(at + 1);
  return `${foldCase(trimmed.slice(0, at))}@${domainToASCII(domain) || foldCase(domain)}`;
}

/** Whether the part behind the last `@` is a domain that IDNA can express in ASCII. */
export function hasRegistrableDomain(email: string): boolean {
  return domainToASCII(email.slice(email.lastIndexOf('@') + 1)) !== '';
}
