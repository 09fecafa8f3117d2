import { isIP } from 'node:net';
import type { ConnectionOptions } from 'node:tls';
// The parser that pg itself uses, so that a URL means the same at start-up and in use.
import { parse } from 'pg-connection-string';
import type { SettingParser, SettingsReader } from './settings-reader.js';

/** How to reach PostgreSQL, in the form that `pg` takes. */
export interface PostgresConnection {
  /** A name, an address, or the folder of a socket. */
  host?: string;
  port?: number;
  user?: string;
  password?: string;
  database: string;
  /** False where the URL does not ask for TLS. */
  ssl: boolean | ConnectionOptions;
  /** Start-up options of the server, as in the URL. */
  options?: string;
}

const RULE = 'must be postgresql://user:password@host:port/database';
const SSL_MODES = ['disable', 'require', 'verify-ca', 'verify-full'];
const FILES = ['sslrootcert', 'sslcert', 'sslkey'];
const PARAMETERS = [
  ...FILES,
  'sslmode',
  'host',
  'port',
  'user',
  'password',
  'options',
  'application_name',
  'connect_timeout',
  'channel_binding',
];

/**
 * Reads a database URL like libpq: `sslmode`, `sslrootcert`, `sslcert`, `sslkey`, `host` (also a socket's folder), `port` and `options`.
 * A URL that asks for TLS never leads to a connection without TLS.
 * @throws {Error} whose message continues the setting's name and shows no secret of the URL
 */
export function readPostgresUrl(url: string): PostgresConnection {
  if (!/^postgres(ql)?:\/\//.test(url)) throw new Error(RULE);
  checkParameters(url);
  const parsed = parsedOf(url);
  if (!parsed.database) throw new Error(RULE);
  if (parsed.host?.includes(',')) throw new Error('must name one host');
  const port = parsed.port ? Number(parsed.port) : undefined;
  if (port !== undefined && !(Number.isInteger(port) && port > 0 && port < 65_536)) throw new Error(RULE);
  return {
    ...(parsed.host && { host: parsed.host }),
    ...(port !== undefined && { port }),
    ...(parsed.user && { user: parsed.user }),
    ...(parsed.password && { password: parsed.password }),
    ...(parsed.options && { options: parsed.options }),
    database: parsed.database,
    ssl: sslOf(parsed),
  };
}

/** Trap: for an address pg sends no name, and Node then checks the certificate for `localhost`. */
function sslOf({ ssl, host }: ReturnType<typeof parse>): PostgresConnection['ssl'] {
  const given = (ssl as PostgresConnection['ssl'] | undefined) ?? false;
  return typeof given === 'object' && host && isIP(host) ? { ...given, host } : given;
}

/** A setting that is a database URL; its text is kept. */
export const postgresUrl: SettingParser<string> = (text) => {
  readPostgresUrl(text);
  return text;
};

/** A database URL, or a function that reads the present one from its file. */
export type DatabaseUrl = string | (() => string);

/** The URL as it is now. */
export const presentUrl = (url: DatabaseUrl): string => (typeof url === 'string' ? url : url());

/**
 * Reads a required database URL from `NAME`, or from the file that `NAME_FILE` names. The file is read again for each connection, so
 * that a renewed password is used without a restart.
 */
export function readDatabaseUrl(settings: SettingsReader, name: string): DatabaseUrl {
  const complete = (text: string): string => withDefaults(text, settings);
  const first = settings.readOrFile(name, (text) => postgresUrl(complete(text)));
  const content = settings.renewable(name);
  return content === undefined ? first : () => complete(content());
}

/** Adds what the URL does not say, by libpq's variables. */
function withDefaults(url: string, settings: SettingsReader): string {
  const [address, query] = [url.split('?')[0]!, url.split('?').slice(1).join('?')];
  const parameters = new URLSearchParams(query);
  const defaults = {
    sslmode: settings.text('PGSSLMODE'),
    sslrootcert: settings.text('PGSSLROOTCERT'),
    sslcert: settings.text('PGSSLCERT'),
    sslkey: settings.text('PGSSLKEY'),
  };
  const isPlain = (parameters.get('sslmode') ?? defaults.sslmode?.trim()) === 'disable';
  const missing = Object.entries(defaults).flatMap(([name, value]) => {
    const text = value?.trim();
    // Certificates beside the URL are for connections with TLS.
    if (!text || parameters.has(name) || (isPlain && name !== 'sslmode')) return [];
    return [`${name}=${encodeURIComponent(text)}`];
  });
  return missing.length === 0 ? url : `${address}?${[query, ...missing].filter(Boolean).join('&')}`;
}

function checkParameters(url: string): void {
  if (url.includes('#')) throw new Error('has a #: in a password it is written %23');
  const parameters = new URLSearchParams(url.split('?').slice(1).join('?'));
  for (const name of parameters.keys())
    if (!PARAMETERS.includes(name)) throw new Error(`has a parameter ${name}, and takes ${PARAMETERS.join(', ')} alone`);
  const mode = parameters.get('sslmode');
  if (mode !== null && !SSL_MODES.includes(mode)) throw new Error(`has an sslmode other than ${SSL_MODES.join(', ')}`);
  if (mode === 'verify-ca' && !parameters.get('sslrootcert')) throw new Error('has sslmode=verify-ca, which needs sslrootcert');
  if (mode === 'disable' && FILES.some((name) => parameters.has(name)))
    throw new Error('has sslmode=disable and names certificates: one of the two is a mistake');
}

function parsedOf(url: string): ReturnType<typeof parse> {
  try {
    return parse(url, { useLibpqCompat: true });
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    throw new Error(code === 'ENOENT' || code === 'EACCES' ? 'names a certificate file that cannot be read' : RULE);
  }
}
