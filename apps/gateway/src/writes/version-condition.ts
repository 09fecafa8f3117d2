/** A condition on a resource's version, as `If-Match` and `If-None-Match` state it (RFC 9110, 13.1). */
export interface VersionCondition {
  /** `*`: any version, if the resource exists. */
  any: boolean;
  tags: readonly { weak: boolean; value: string }[];
}

/** The format of a condition, for messages. */
export const CONDITION_FORM = '* or a list of entity tags such as "7"';

const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;
const SEPARATOR = /[ \t]*(?:,[ \t]*)+|[ \t]*$/y;

/** Reads an entity-tag list; undefined if it is none. */
export function parseVersionCondition(text: string): VersionCondition | undefined {
  const trimmed = text.replace(/^[ \t,]+/, '');
  if (trimmed.trim() === '*') return { any: true, tags: [] };
  const tags: { weak: boolean; value: string }[] = [];
  for (let at = 0; at < trimmed.length;) {
    const tag = matchAt(TAG, trimmed, at);
    const separator = tag && matchAt(SEPARATOR, trimmed, at + tag[0].length);
    if (!tag || !separator) return undefined;
    tags.push({ weak: tag[1] !== undefined, value: tag[2]! });
    at += tag[0].length + separator[0].length;
  }
  return tags.length > 0 ? { any: false, tags } : undefined;
}

function matchAt(pattern: RegExp, text: string, at: number): RegExpExecArray | null {
  pattern.lastIndex = at;
  return pattern.exec(text);
}

/** The version that a write demands of its resource. */
export interface WriteCondition {
  /** `If-Match`: strong comparison, a weak tag never matches. */
  match?: VersionCondition | undefined;
  /** `If-None-Match`: weak comparison. */
  noneMatch?: VersionCondition | undefined;
}

/** Whether a resource with this version may be written. */
export const permitsWrite = ({ match, noneMatch }: WriteCondition, version: number): boolean =>
  (!match || match.any || match.tags.some(({ weak, value }) => !weak && value === String(version))) &&
  !(noneMatch && namesVersion(noneMatch, version));

/** Whether a missing resource may be created: it has no version that could match. */
export const permitsCreation = ({ match }: WriteCondition): boolean => match === undefined;

/** Whether the caller has this version already: weak comparison, for `If-None-Match`. */
export const namesVersion = ({ any, tags }: VersionCondition, version: number): boolean =>
  any || tags.some(({ value }) => value === String(version));
