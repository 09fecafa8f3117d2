import { parseArgs } from 'node:util';
import { SCOPES } from '../callers/api-token.scopes.js';

/** How the command is called. */
export const USAGE = `Makes, lists and revokes API tokens, straight in the gateway's database.

  npm run token -- create --name NAME --scopes SCOPES [--expires WHEN]
  npm run token -- list
  npm run token -- revoke ID

create   prints the token. It is shown this once: only a keyed hash of it is stored.
list     shows every token: revoked and expired ones too, last use right to a minute.
revoke   ends a token, on every gateway within 5 s. Repeating it changes nothing.

  --name NAME        whose it is: up to 255 characters, in lists and logs
  --scopes SCOPES    separated by commas, or "all"; none implies another:
                     ${SCOPES.slice(0, 4).join(' ')}
                     ${SCOPES.slice(4).join(' ')}
  --expires WHEN     90d (days from now), 2030-01-31 (its start in UTC) or 2030-01-31T09:00:00Z; without it: never
  --json             prints JSON, as the routes under /tokens answer; npm's own lines go with \`npm run --silent token\`
  --help             prints this

The database is that of GATEWAY_DATABASE_URL, with its GATEWAY_SECRET; where these are not both set, that of \`npm start\` in
DATA_DIR (.data), which has to be running. Without npm: node dist/apps/gateway/src/token.js, with both set.

Exit code: 0 done, 1 refused or not possible, 2 called wrongly.

Examples
  npm run token -- create --name "ERP nightly import" --scopes contacts:read,contacts:write --expires 90d
  npm run --silent token -- list --json
  npm run token -- revoke 7`;

/** What the command is asked to do. */
export type TokenOrder = (
  | { action: 'help' }
  | { action: 'list' }
  | { action: 'revoke'; id: string }
  /** The body that `POST /tokens` takes. */
  | { action: 'create'; body: Record<string, unknown> }
) & { json: boolean };

/** The command was called in a way that it doesn't know. */
export class WrongUsage extends Error {
  override readonly name = 'WrongUsage';
}

const OPTIONS = {
  name: { type: 'string' },
  scopes: { type: 'string' },
  expires: { type: 'string' },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', short: 'h', default: false },
} as const;
const DAY_MS = 24 * 60 * 60 * 1000;

/** @throws {WrongUsage} */
export function readTokenOrder(args: string[], now: Date): TokenOrder {
  const { values, positionals } = parse(args);
  const { json, help, ...fields } = values;
  const [action, ...rest] = positionals;
  if (help) return { action: 'help', json };
  const isPlain = Object.keys(fields).length === 0;
  if (action === 'list' && rest.length === 0 && isPlain) return { action, json };
  if (action === 'revoke' && rest.length === 1 && isPlain) return { action, id: rest[0]!, json };
  if (action === 'create' && rest.length === 0) return { action, body: bodyOf(fields, now), json };
  throw new WrongUsage(action === undefined ? 'Say what to do: create, list or revoke.' : 'That is not how it is called.');
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: OPTIONS, allowPositionals: true });
  } catch (error) {
    throw new WrongUsage((error as Error).message);
  }
}

function bodyOf({ name, scopes, expires }: { name?: string; scopes?: string; expires?: string }, now: Date) {
  return {
    name,
    scopes: scopes === 'all' ? [...SCOPES] : scopes?.split(',').map((scope) => scope.trim()),
    expires_at: expires === undefined ? undefined : timeOf(expires, now),
  };
}

function timeOf(expires: string, now: Date): string {
  const [, days] = /^(\d{1,5})d$/.exec(expires) ?? [];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * DAY_MS).toISOString();
  return /^\d{4}-\d{2}-\d{2}$/.test(expires) ? `${expires}T00:00:00Z` : expires;
}
