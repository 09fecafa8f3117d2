/** SQLSTATE classes and codes of passing failures: the same statement can succeed later. */
const TRANSIENT_STATES = /^(08|28|3D|40|53|57|58)|^(55P03|25006|25P03|XX000)$/;
/** Of connections, of a name's look-up, of TLS and its certificates, and of a socket that has ended. */
const TRANSIENT_NETWORK =
  /^(ECONN|EPIPE|EPROTO|ETIMEDOUT|EHOST|ENET|ENOTFOUND|ENOBUFS|EAI_|ENOENT|ERR_(SSL|TLS|SOCKET|STREAM)_|CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/;
const TRANSIENT_MESSAGES =
  /timeout exceeded when trying to connect|^timeout expired$|Connection terminated|Client has encountered a connection error|Client was closed|Query read timeout|driver has already been destroyed/i;

interface DatabaseError {
  /** Why no connection was made; own and by name, so that the ORM's errors have it too, whose text holds values. */
  refusal?: unknown;
  code?: unknown;
  constraint?: unknown;
  column?: unknown;
  message?: unknown;
  cause?: unknown;
}

const isErrorLike = (error: unknown): error is DatabaseError => typeof error === 'object' && error !== null;

/** Marks an error that kept a connection from being made: whatever its code is, the same attempt can succeed later. */
export const markRefusal = (error: unknown): unknown =>
  isErrorLike(error) ? Object.assign(error, { refusal: String(error.message) }) : error;

function refusalOf(error: unknown): string | undefined {
  if (!isErrorLike(error)) return undefined;
  return typeof error.refusal === 'string' ? error.refusal : refusalOf(error.cause);
}

/** SQLSTATE or system error code of an error, or else of its cause. */
export function errorCodeOf(error: unknown): string | undefined {
  if (!isErrorLike(error)) return undefined;
  return typeof error.code === 'string' ? error.code : errorCodeOf(error.cause);
}

/** Name of the constraint that rejected a statement. Never show the error's text: it contains values. */
export function constraintOf(error: unknown): string | undefined {
  if (!isErrorLike(error)) return undefined;
  return typeof error.constraint === 'string' ? error.constraint : constraintOf(error.cause);
}

/** Name of the column whose value a statement must not have, where it is not a constraint that rejected it. */
export function columnOf(error: unknown): string | undefined {
  if (!isErrorLike(error)) return undefined;
  return typeof error.column === 'string' ? error.column : columnOf(error.cause);
}

/** Whether an error means that the database is away, overloaded, silent or contended, rather than that the statement is wrong. */
export function isTransientDatabaseError(error: unknown): boolean {
  if (refusalOf(error) !== undefined) return true;
  const code = errorCodeOf(error);
  if (code !== undefined && (TRANSIENT_STATES.test(code) || TRANSIENT_NETWORK.test(code))) return true;
  if (!isErrorLike(error)) return false;
  return TRANSIENT_MESSAGES.test(String(error.message)) || isTransientDatabaseError(error.cause);
}

/**
 * Whether a connection can't serve any more statements: the answer did not come, the server is read-only since a
 * fail-over, or it rejects the protocol, the sign-in or the database.
 */
export function isUnfitConnection(error: unknown): boolean {
  return (error as Error).message === 'Query read timeout' || /^(08|28|3D|57P0)|^25006$/.test(errorCodeOf(error) ?? '');
}

/** What an operator can do about an error that concerns the connection as a whole; undefined for other errors. */
export function connectionDefectOf(error: unknown): string | undefined {
  const code = errorCodeOf(error) ?? '';
  const refusal = refusalOf(error);
  // A pooler has this code alone, whatever it refuses.
  if (code === '08P01')
    return `PostgreSQL, or a pooler before it, rejects the connection${refusal === undefined ? '' : `: ${refusal}`} (${code}).`;
  const defects = refusal === undefined ? CONNECTION_DEFECTS : [...REFUSALS, ...CONNECTION_DEFECTS];
  const [, sentence] = defects.find(([pattern]) => pattern.test(code)) ?? [];
  return sentence && `${sentence} (${code}).`;
}

/** States that mean something else in the answer to a statement. */
const REFUSALS: readonly [RegExp, string][] = [
  [/^42501$/, 'PostgreSQL does not let the user connect to this database: grant its role connect on the database'],
  [
    /^55000$/,
    'The database accepts no connections: its maintenance goes on, or it has to be allowed them (alter database … allow_connections)',
  ],
];

const CONNECTION_DEFECTS: readonly [RegExp, string][] = [
  [/^28/, 'PostgreSQL refuses the user, the password or a connection without TLS: check the database URL, also after a rotation'],
  [/^3D/, 'PostgreSQL has no database of this name: check the database URL'],
  [/^25006$/, 'PostgreSQL is read-only: the URL leads to a standby, or the server has been made read-only'],
  [/^CERT_HAS_EXPIRED$/, "PostgreSQL's certificate, or that of its CA, has expired: renew it"],
  [/^CERT_NOT_YET_VALID$/, "PostgreSQL's certificate is not valid yet: check the clocks"],
  [
    /^ERR_TLS_CERT_ALTNAME_INVALID$/,
    "PostgreSQL's certificate is for another name or address: check the host in the database URL",
  ],
  [/^(CERT_|SELF_SIGNED_|DEPTH_ZERO_|UNABLE_TO_)/, "PostgreSQL's certificate is of no known CA: check sslrootcert"],
  [/^53300$/, 'PostgreSQL has no connection left: raise max_connections, or lower what others use'],
];

/** Failures of one piece of work only: a lock, a deadlock, a slow statement. With 40003 it is not known whether a commit was made. */
const CONTENTION = /^(40(?!003)...|55P03|57014)$/;

/**
 * Whether the database is away or out of resources, so that all work fails now.
 * Trap: if a commit was under way, its result is unknown.
 */
export const isDatabaseAway = (error: unknown): boolean =>
  isTransientDatabaseError(error) && !CONTENTION.test(errorCodeOf(error) ?? '');

/** Data that the transaction had read was changed by another one: the whole transaction runs again. */
export class RetryTransaction extends Error {
  override readonly name = 'RetryTransaction';
}

/** Whether a transaction lost a race, and can succeed when the whole of it runs again. */
export function isRetryableConflict(error: unknown): boolean {
  if (error instanceof RetryTransaction) return true;
  const code = errorCodeOf(error);
  return code === '40001' || code === '40P01';
}
