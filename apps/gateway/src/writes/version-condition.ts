/** A condition on a resource's version, as `If-Match` and `If-None-Match` state it (RFC 9110, 13.1). */
export interface VersionCondition {
  /** `*`: any version, as long as there is one. */
  any: boolean;
  tags: readonly { weak: boolean; value: string }[];
}

const TAG = /(W\/)?"([\x21\x23-\x7e\x80-\xff]*)"/y;
const SEPARATOR = /[ \t]*(?:,[ \t]*)+|[ \t]*$/y;

/** Reads an entity-tag list; undefined where it is none. */
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

/** Whether the resource may be written: strong comparison, a weak tag never matches. */
export const permitsWrite = ({ any, tags }: VersionCondition, version: number): boolean =>
  any || tags.some(({ weak, value }) => !weak && value === String(version));

/** Whether the caller holds this version already: weak comparison, for `If-None-Match`. */
export const namesVersion = ({ any, tags }: VersionCondition, version: number): boolean =>
  any || tags.some(({ value }) => value === String(version));
