import { hiddenInName, unclearInEmail, unusualBlankIn } from '#app/contracts';

// What only new values are held against: one that is stored already passes.

/** Why a name that is shown on one line cannot be a new one; undefined where it can. */
export function nameDefect(name: string): string | undefined {
  const hidden = hiddenInName(name);
  return hidden && `must not contain the character ${hidden}, which cannot be seen`;
}

/** Why a name that is told from others by its text alone cannot be a new one; undefined where it can. */
export function uniqueNameDefect(name: string): string | undefined {
  const blank = unusualBlankIn(name);
  return nameDefect(name) ?? (blank && `must not contain the blank ${blank}: a plain space is one`);
}

/** Why an email cannot be a new one; undefined where it can. */
export function emailDefect(email: string): string | undefined {
  const unclear = unclearInEmail(email);
  return unclear && `must not contain the character ${unclear}, which cannot be seen or looks like another`;
}
