/** One `name=value` of a query. */
export interface QueryParameter {
  /** Decoded: `email[eq]`, however its brackets came. */
  name: string;
  /** Decoded; null where the percent-encoding holds no UTF-8: a lone surrogate, for instance. */
  value: string | null;
}

/**
 * The parameters of a URL's query in their order, repeated ones too.
 * The server's own parser keeps what it cannot decode as it came, where a filter has to refuse it.
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
