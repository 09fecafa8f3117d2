import { hiddenInName, unclearInEmail, unusualBlankIn } from '#app/contracts';

// Only new values are checked: a stored one passes.

/** The error of a one-line name that is invalid for a new value; undefined if it is valid. */
export function nameDefect(name: string): string | undefined {
  const hidden = hiddenInName(name);
  return hidden && `must not contain the character ${hidden}, which cannot be seen`;
}

/** The error of an identifying name that is invalid for a new value; undefined if it is valid. */
export function uniqueNameDefect(name: string): string | undefined {
  const blank = unusualBlankIn(name);
  return nameDefect(name) ?? (blank && `must not contain the blank ${blank}: a plain space is one`);
}

/** The error of an email that is invalid for a new value; undefined if it is valid. */
export function emailDefect(email: string): string | undefined {
  const unclear = unclearInEmail(email);
  return unclear && `must not contain the character ${unclear}, which cannot be seen or looks like another`;
}
