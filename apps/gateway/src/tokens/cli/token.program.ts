import { VERSION } from '#app/settings';
import { Command, InvalidArgumentError } from 'commander';
import { SCOPES } from '../../callers/api-token.scopes.js';
import { readTimeOrDate } from '../../wire/times.js';
import type { TokenAdmin } from './token-admin.js';

/** Runs work on the tokens of the environment's database, and prints the text that it returns. */
export type RunOnTokens = (work: (admin: TokenAdmin) => Promise<string>) => Promise<void>;

const DAY_MS = 24 * 60 * 60 * 1000;

const SCOPES_HELP = `separated by commas, or "all"; no scope implies another: ${SCOPES.join(' ')}`;
const EXPIRES_FORMS = '90d (days from now), 2030-01-31 (its start in UTC) or 2030-01-31T09:00:00Z';
const EXPIRES_HELP = `${EXPIRES_FORMS}; without it the token never expires`;

const AFTER_HELP = `
The database is that of GATEWAY_DATABASE_URL, with its GATEWAY_SECRET. Where these are not both set, it is that of \`npm start\`
in DATA_DIR (.data), which has to be running. Without npm: node dist/apps/gateway/src/token.js, with both set.

--json prints JSON, as the routes under /tokens answer; npm's own lines go with \`npm run --silent token\`.

Exit code: 0 done, 1 refused or not possible, 2 called wrongly.

Examples
  npm run token -- create --name "ERP nightly import" --scopes contacts:read,contacts:write --expires 90d
  npm run --silent token -- list --json
  npm run token -- revoke 7`;

interface CreateOptions {
  name?: string;
  scopes?: string;
  expires?: string;
  json?: boolean;
}
type JsonOption = Pick<CreateOptions, 'json'>;
type RevokeOptions = JsonOption & { descendants?: boolean };

/** The operators' command that makes, lists and revokes tokens. */
export function tokenProgram(run: RunOnTokens, now: () => Date = () => new Date()): Command {
  const program = new Command('npm run token --')
    .description("Makes, lists and revokes API tokens, straight in the gateway's database.")
    .version(VERSION)
    // Before the commands: each copies these settings when it is added.
    .exitOverride()
    .showSuggestionAfterError()
    .helpCommand(false)
    .addHelpText('after', AFTER_HELP);
  program
    .command('create')
    .description('makes a token and prints it; it is shown this once, since only a keyed hash of it is stored')
    .option('--name <NAME>', 'whose it is: up to 255 characters, in lists and logs')
    .option('--scopes <SCOPES>', SCOPES_HELP)
    .option('--expires <WHEN>', EXPIRES_HELP, (text: string) => timeOf(text, now()))
    .option('--json', 'prints JSON')
    .action(({ json, ...fields }: CreateOptions) => run((admin) => admin.create(bodyOf(fields), { json: json ?? false })));
  program
    .command('list')
    .description('shows every token: revoked and expired ones too, the last use right to a minute')
    .option('--json', 'prints JSON')
    .action(({ json = false }: JsonOption) => run((admin) => admin.list({ json })));
  program
    .command('revoke')
    .description('ends a token, on every gateway within 5 s; repeating it changes nothing')
    .argument('<ID>', 'the id of the token')
    .option('--descendants', 'ends the tokens that it made too, and those that they made')
    .option('--json', 'prints JSON')
    .action((id: string, { json = false, descendants = false }: RevokeOptions) =>
      run((admin) => admin.revoke(id, { json, descendants })),
    );
  return program;
}

/** The body that `POST /tokens` takes. */
function bodyOf({ name, scopes, expires }: CreateOptions): Record<string, unknown> {
  return {
    name,
    scopes: scopes === 'all' ? [...SCOPES] : scopes?.split(',').map((scope) => scope.trim()),
    expires_at: expires,
  };
}

function timeOf(expires: string, now: Date): string {
  const [, days] = /^(\d{1,5})d$/.exec(expires) ?? [];
  if (days !== undefined) return new Date(now.getTime() + Number(days) * DAY_MS).toISOString();
  const time = readTimeOrDate(expires);
  if (!time) throw new InvalidArgumentError(`Say ${EXPIRES_FORMS}.`);
  return time.toISOString();
}
