import type { SettingsSource } from './settings-reader.js';

/** Every setting that a program of this repository reads. */
export const KNOWN_SETTINGS: readonly string[] = [
  'ACCESS_TOKEN_AUDIENCE',
  'ACCESS_TOKEN_ISSUER',
  'ACCESS_TOKEN_TTL_SECONDS',
  'API_RATE_LIMIT',
  'API_TOKEN',
  'AUDIT_DAYS',
  'AUTH_DATABASE_URL',
  'AUTH_OPERATOR_TOKEN',
  'AUTH_PORT',
  'AUTH_SECRET',
  'AUTH_URL',
  'CONSOLE_PORT',
  'CONSUMER_GROUP',
  'CREDENTIAL_PRIVATE_KEYS',
  'CREDENTIAL_PUBLIC_KEYS',
  'DATA_DIR',
  'DOCS_ENABLED',
  'EVENT_MAC_KEYS',
  'EVENT_STREAMS_PER_PROCESS',
  'EVENT_STREAMS_PER_TOKEN',
  'EXPORT_MAX_SECONDS',
  'GATEWAY_DATABASE_URL',
  'GATEWAY_PORT',
  'GATEWAY_SECRET',
  'HISTORY_DAYS',
  'HOST',
  'JAVA_HOME',
  'KAFKA_BROKERS',
  'KAFKA_PORT',
  'KAFKA_SASL_MECHANISM',
  'KAFKA_SASL_OAUTH_CLIENT_ID',
  'KAFKA_SASL_OAUTH_CLIENT_SECRET',
  'KAFKA_SASL_OAUTH_SCOPE',
  'KAFKA_SASL_OAUTH_TOKEN_URL',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SASL_PLAIN_WITHOUT_TLS',
  'KAFKA_SASL_USERNAME',
  'KAFKA_SSL',
  'KAFKA_SSL_CA',
  'KAFKA_SSL_CERT',
  'KAFKA_SSL_KEY',
  'KEEP_ALIVE_SECONDS',
  'LOGIN_ATTEMPTS_AT_ONCE',
  'LOGIN_ATTEMPTS_PER_ADDRESS',
  'LOGIN_ATTEMPTS_PER_EMAIL',
  'LOGIN_ATTEMPTS_PER_EMAIL_AND_ADDRESS',
  'LOGIN_ATTEMPTS_WINDOW_SECONDS',
  'LOG_ADDRESS_HASHES',
  'LOG_LEVEL',
  'MAX_CONNECTIONS',
  'OTEL_EXPORTER_OTLP_ENDPOINT',
  'OTEL_TRACES_SAMPLER_ARG',
  'OUTBOX_MAX_ROWS',
  'PGSSLCERT',
  'PGSSLKEY',
  'PGSSLMODE',
  'PGSSLROOTCERT',
  'PORT_OFFSET',
  'POSTGRES_PORT',
  'REFUSE_WEAK_PASSWORDS',
  'SHUTDOWN_NOTICE_SECONDS',
  'TOKEN_SIGNING_KEYS',
  'TOPIC_MIN_INSYNC_REPLICAS',
  'TOPIC_PARTITIONS',
  'TOPIC_PREFIX',
  'TOPIC_REPLICATION_FACTOR',
  'TRUST_PROXY',
  'UV_THREADPOOL_SIZE',
  'VALIDATE_EVENTS',
];

/** Those that can also be in a file, as `…_FILE`. */
export const SETTINGS_IN_FILES: readonly string[] = [
  'API_TOKEN',
  'AUTH_DATABASE_URL',
  'AUTH_OPERATOR_TOKEN',
  'AUTH_SECRET',
  'CREDENTIAL_PRIVATE_KEYS',
  'CREDENTIAL_PUBLIC_KEYS',
  'EVENT_MAC_KEYS',
  'GATEWAY_DATABASE_URL',
  'GATEWAY_SECRET',
  'KAFKA_SASL_OAUTH_CLIENT_SECRET',
  'KAFKA_SASL_PASSWORD',
  'KAFKA_SSL_CA',
  'KAFKA_SSL_CERT',
  'KAFKA_SSL_KEY',
  'TOKEN_SIGNING_KEYS',
];
const FILE = '_FILE';

/** Names that other programs read; PostgreSQL's begin with PG. */
const FOREIGN = ['SSL_CERT_FILE', 'SSL_CERT_DIR'];
/** What other programs call a setting of ours. */
const CALLED: Record<string, string> = { KAFKA_BOOTSTRAP_SERVERS: 'KAFKA_BROKERS', BOOTSTRAP_SERVERS: 'KAFKA_BROKERS' };
const SHORT = 8;

/** A sentence for each variable whose name looks like a setting and is none: it changes nothing, which nobody would notice. */
export function unknownSettings(source: SettingsSource): string[] {
  const names = Object.keys(source).filter((name) => /^[A-Z][A-Z0-9_]+$/.test(name) && source[name]?.trim());
  return names.filter(isUnknown).flatMap((name) => {
    const nearest = nearestTo(name);
    return nearest.length === 0 ? [] : [`${name} is no setting and changes nothing. Did you mean ${nearest.join(' or ')}?`];
  });
}

const isUnknown = (name: string): boolean =>
  !FOREIGN.includes(name) &&
  !name.startsWith('PG') &&
  !KNOWN_SETTINGS.includes(name) &&
  !(name.endsWith(FILE) && SETTINGS_IN_FILES.includes(name.slice(0, -FILE.length)));

/** The settings that a name may stand for; for that of a file those that can be in one, or the one that it has after all. */
function nearestTo(name: string): string[] {
  if (CALLED[name]) return [CALLED[name]];
  if (!name.endsWith(FILE)) return nearestOf(KNOWN_SETTINGS, name);
  const plain = name.slice(0, -FILE.length);
  return KNOWN_SETTINGS.includes(plain) ? [plain] : nearestOf(SETTINGS_IN_FILES, plain).map((known) => known + FILE);
}

/** Those a letter or two away, else those of which it is the end. */
function nearestOf(settings: readonly string[], name: string): string[] {
  const close = (known: string): number => distance(bare(name), bare(known));
  const most = bare(name).length < SHORT ? 1 : 2;
  const near = settings.filter((known) => close(known) <= most);
  if (near.length > 0) return near.filter((known) => close(known) === Math.min(...near.map(close)));
  return settings.filter((known) => isPartOf(name.split('_'), known.split('_')));
}

const bare = (name: string): string => name.replaceAll('_', '');

function isPartOf(words: readonly string[], known: readonly string[]): boolean {
  if (words.length < 2 || words.length >= known.length) return false;
  const equals = (part: readonly string[]): boolean => part.every((word, index) => distance(word, words[index]!) <= 1);
  return equals(known.slice(-words.length));
}

/** How many letters differ between two words: one that is added, left out, replaced, or changed places with its neighbour. */
function distance(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > 2) return Infinity;
  const rows = [Array.from({ length: other.length + 1 }, (_, index) => index)];
  for (let i = 1; i <= one.length; i += 1) {
    const row = [i];
    for (let j = 1; j <= other.length; j += 1) {
      const isSame = one[i - 1] === other[j - 1];
      row[j] = Math.min(row[j - 1]! + 1, rows[i - 1]![j]! + 1, rows[i - 1]![j - 1]! + (isSame ? 0 : 1));
      const isSwapped = i > 1 && j > 1 && one[i - 1] === other[j - 2] && one[i - 2] === other[j - 1];
      if (isSwapped) row[j] = Math.min(row[j]!, rows[i - 2]![j - 2]! + 1);
    }
    rows.push(row);
  }
  return rows.at(-1)!.at(-1)!;
}
