import { domainToASCII } from 'node:url';
import { foldCase } from './fold-case.js';

/** Characters that `domainToASCII`, which reads a URL, leaves out or decodes, or after which it ends a domain. */
const URL_SYNTAX = /[\t\n\r/\\?#%]/;

/** The ASCII form of a domain; empty if IDNA cannot express it. */
const asciiDomain = (domain: string): string => (URL_SYNTAX.test(domain) ? '' : domainToASCII(domain));

/**
 * The form in which login emails are compared: two addresses are the same login if and only if their keys are equal.
 *
 * Folds case, Unicode form (NFC) and the spelling of the domain (IDNA, to ASCII). Idempotent: a key is its own key.
 * For a domain that IDNA cannot express, only the case is folded; {@link hasRegistrableDomain} detects it.
 */
export function loginEmailKey(email: string): string {
  const trimmed = email.trim();
  const at = trimmed.lastIndexOf('@');
  if (at < 0) return foldCase(trimmed);
  const domain = trimmed.slice(at + 1);
  return `${foldCase(trimmed.slice(0, at))}@${asciiDomain(domain) || foldCase(domain)}`;
}

/** Whether the part after the last `@` is a domain that IDNA can express in ASCII. */
export function hasRegistrableDomain(email: string): boolean {
  return asciiDomain(email.slice(email.lastIndexOf('@') + 1)) !== '';
}
