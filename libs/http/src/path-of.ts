/** Scheme and authority of a target in absolute form, which is the form for a proxy; the authority can contain a password. */
const ORIGIN = /^[a-z][a-z\d+.-]*:\/\/[^/?]*/i;
/** An origin that the router passes over. */
const ROUTED_ORIGIN = /^https?:\/\/[^/?]+/i;

/** A request's target without a fragment, which no client should send (RFC 9112, 3.2): the router would take it for the query. */
export function withoutFragment(url: string): string {
  const start = url.indexOf('#');
  return start === -1 ? url : url.slice(0, start);
}

/** The path of a request's target as it was sent, without origin and query. */
export const pathOf = (url: string): string => pathAfter(ORIGIN, url);

function pathAfter(origin: RegExp, url: string): string {
  const target = url.startsWith('/') ? url : url.replace(origin, '');
  const end = target.indexOf('?');
  return (end === -1 ? target : target.slice(0, end)) || '/';
}

/** The path that the router compares with its routes: escapes of reserved characters stay. A path that it cannot decode stays as it was sent. */
export function routedPath(url: string): string {
  const path = pathAfter(ROUTED_ORIGIN, url);
  if (!path.includes('%')) return path;
  try {
    return decodeURI(path.replaceAll('%25', '%2525'));
  } catch {
    return path;
  }
}
