const WITHHELD = '(withheld)';

/** Whatever it is called and however it is wrapped: no sealed credential is shorter, and hardly a name or an email is as long. */
const LONG_RUN = /[\w+/=.~-]{80,}/g;
const HASH = /\$argon2[^\s"'\\]*/g;
/** In what is no JSON, up to where its text ends. */
const NAMED = /((?:credential|password)\\*"?\s*[:=]\s*\\*"?)[^\s"\\,}]+/gi;
const SECRET_NAME = /credential|password/i;

/** Text without what could be a secret in it: what is shown of a record goes through here. */
export const textWithoutSecrets = (text: string): string =>
  text.replace(HASH, WITHHELD).replace(LONG_RUN, WITHHELD).replace(NAMED, `$1${WITHHELD}`);

/** A value of JSON without what could be a secret in it. */
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
