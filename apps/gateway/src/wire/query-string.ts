/** One `name=value` of a query. */
export interface QueryParameter {
  /** Decoded: `email[eq]`, also if the brackets were encoded. */
  name: string;
  /** Decoded; null if the percent-encoding holds no UTF-8, for example a lone surrogate. */
  value: string | null;
}

/**
 * The parameters of a URL's query in order, repeated ones too.
 * The server's own parser keeps an undecodable text as it is, but a filter must report it.
 */
export function readQueryString(url: string): QueryParameter[] {
  const start = url.indexOf('?');
  const pairs = start === -1 ? [] : url.slice(start + 1).split('&');
  return pairs.filter((pair) => pair !== '').map(readPair);
}

function readPair(pair: string): QueryParameter {
  const equals = pair.indexOf('=');
  const [name, value] = equals === -1 ? [pair, ''] : [pair.slice(0, equals), pair.slice(equals + 1)];
  return { name: decode(name) ?? name, value: decode(value) };
}

function decode(encoded: string): string | null {
  try {
    return decodeURIComponent(encoded.replaceAll('+', ' '));
  } catch {
    return null;
  }
}
