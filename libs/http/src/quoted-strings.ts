// It always matches to a closing quote or to the end: a search for the closing quote from each of many would take quadratic time.
const QUOTED = /"(?:[^"\\]|\\.?)*("|$)/gs;
const SEPARATORS = /[,;]/g;

/**
 * A header without the separators in its quoted strings (RFC 9110, 5.6.4), so that it can be split at the others. A quote that is not
 * closed quotes nothing.
 */
export const withoutQuotedSeparators = (header: string): string =>
  header.includes('"')
    ? header.replace(QUOTED, (quoted, end: string) => (end === '' ? quoted : quoted.replace(SEPARATORS, '_')))
    : header;
