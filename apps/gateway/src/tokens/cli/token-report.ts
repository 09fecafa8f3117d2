import { printable, table } from '#app/terminal';
import type { TokenSnapshot } from '../api-token.response.js';
import type { CreatedToken } from '../api-token.response.js';

/** The text about a new token. */
export const describeCreated = ({ token, ...shown }: CreatedToken): string =>
  `${token}\n\nToken ${describe(shown)}. Keep it now: it is not shown again.`;

/** The text about a revoked token. */
export function describeRevoked(token: TokenSnapshot, descendants: number, withDescendants: boolean): string {
  const others = `${descendants} ${descendants === 1 ? 'token' : 'tokens'} that it made`;
  const revoked = `Token ${describe(token)} is revoked since ${token.revoked_at}; no gateway takes it after 5 s.`;
  if (withDescendants) return `${revoked} So are ${others}.`;
  return descendants === 0
    ? revoked
    : `${revoked} ${others}, directly or through others, still let in: --descendants ends them too.`;
}

/** All tokens as a table. */
export function describeTokens(tokens: readonly TokenSnapshot[], now: Date): string {
  const rows = tokens.map((token) => [
    String(token.id),
    printable(token.name),
    stateOf(token, now),
    shortTime(token.created_at),
    shortTime(token.expires_at),
    shortTime(token.last_used_at),
    token.scopes.join(' '),
  ]);
  return table([['ID', 'NAME', 'STATE', 'CREATED', 'EXPIRES', 'LAST USED', 'SCOPES'], ...rows]);
}

function describe({ id, name, scopes, expires_at }: TokenSnapshot): string {
  return `${id} (${printable(name)}): ${scopes.join(' ')}, ${expires_at ? `until ${expires_at}` : 'without end'}`;
}

function stateOf({ revoked_at, expires_at }: TokenSnapshot, now: Date): string {
  if (revoked_at) return 'revoked';
  return expires_at && Date.parse(expires_at) <= now.getTime() ? 'expired' : 'valid';
}

const shortTime = (time: string | null): string => (time ? `${time.slice(0, 10)} ${time.slice(11, 16)}` : '-');
