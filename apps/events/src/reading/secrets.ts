const WITHHELD = '(withheld)';

/** Matches secrets under any name and in any wrapping: no sealed credential is shorter, and names and emails are rarely as long. */
const LONG_RUN = /[\w+/=.~-]{80,}/g;
const HASH = /\$argon2[^\s"'\\]*/g;
/** For text that is not JSON: up to the end of its string. */
const NAMED = /((?:credential|password)\\*"?\s*[:=]\s*\\*"?)[^\s"\\,}]+/gi;
const SECRET_NAME = /credential|password/i;

/** Removes possible secrets from text: every shown part of a record goes through here. */
export const textWithoutSecrets = (text: string): string =>
  text.replace(HASH, WITHHELD).replace(LONG_RUN, WITHHELD).replace(NAMED, `$1${WITHHELD}`);

/** Removes possible secrets from a JSON value. */
export function withoutSecrets(value: unknown): unknown {
  if (typeof value === 'string') return textWithoutSecrets(value);
  if (Array.isArray(value)) return value.map(withoutSecrets);
  if (typeof value !== 'object' || value === null) return value;
  const entries = Object.entries(value).map(([name, one]) => {
    const isSecret = SECRET_NAME.test(name) && one !== null;
    return [textWithoutSecrets(name), isSecret ? WITHHELD : withoutSecrets(one)] as const;
  });
  return Object.fromEntries(entries);
}
