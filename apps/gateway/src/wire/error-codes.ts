/** The answer to an error. */
interface ErrorRow {
  status: number;
  /** For people; the error's own text replaces it. */
  text: string;
  /** Seconds after which the same request can succeed. */
  retryAfter?: number;
  headers?: Readonly<Record<string, string>>;
}

/** Every error code and its answer: the only table, for the error filter and for the document. */
export const ERRORS = {
  malformed_body: { status: 400, text: 'The body can not be read.' },
  malformed_header: { status: 400, text: 'A header can not be read.' },
  malformed_request: { status: 400, text: 'The request is malformed.' },
  unauthenticated: {
    status: 401,
    text: 'The bearer token is not valid: it is unknown, expired or revoked.',
    headers: { 'WWW-Authenticate': 'Bearer' },
  },
  missing_scope: { status: 403, text: 'The token lacks the scope of the operation.' },
  scope_not_held: { status: 403, text: 'The token lacks a scope that it is to give away or to end.' },
  contact_not_found: { status: 404, text: 'Contact not found.' },
  company_not_found: { status: 404, text: 'Company not found.' },
  company_tag_not_found: { status: 404, text: 'The company does not have this tag.' },
  token_not_found: { status: 404, text: 'Token not found.' },
  route_not_found: { status: 404, text: 'There is no such route.' },
  method_not_allowed: { status: 405, text: 'The path has other methods.' },
  idempotency_key_in_use: { status: 409, text: 'A request with this key is being served.', retryAfter: 1 },
  company_in_use: { status: 409, text: 'The company is the only one of some contacts.' },
  email_ambiguous: { status: 409, text: 'Several contacts have this email.' },
  cursor_expired: { status: 410, text: 'What follows Last-Event-ID is no longer held: read the contacts, then begin anew.' },
  version_mismatch: {
    status: 412,
    text: 'If-Match or If-None-Match does not permit the version that there is; a weak tag (W/) never matches If-Match.',
  },
  body_too_large: { status: 413, text: 'The body is larger than 1 MiB.' },
  unsupported_media_type: { status: 415, text: 'The body must be application/json in UTF-8, without content encoding.' },
  validation_failed: { status: 422, text: 'The request has invalid fields.' },
  email_taken: { status: 422, text: 'Another portal login has the email.' },
  idempotency_key_reused: { status: 422, text: 'The key was used for another request.' },
  too_many_unknown_tokens: { status: 429, text: 'The address has sent too many unknown tokens.', retryAfter: 60 },
  rate_limited: { status: 429, text: 'The limit of requests a minute is reached.' },
  too_many_streams: { status: 429, text: 'The token has too many streams open.', retryAfter: 5 },
  too_many_exports: { status: 429, text: 'The token runs too many exports at once.', retryAfter: 10 },
  too_many_lists: { status: 429, text: 'The token reads too many lists at once.', retryAfter: 1 },
  database_unavailable: { status: 503, text: 'The database is not available.', retryAfter: 1 },
  timed_out: { status: 503, text: 'The request could not be served in time.', retryAfter: 1 },
  contended: { status: 503, text: 'Others change the same too often at the moment.', retryAfter: 1 },
  hash_queue_full: { status: 503, text: 'Too many passwords are being set at the moment.', retryAfter: 1 },
  outbox_full: { status: 503, text: 'Too many events wait for the broker.', retryAfter: 5 },
  events_unavailable: { status: 503, text: 'The events cannot be read now.', retryAfter: 1 },
  exports_full: { status: 503, text: 'No more exports can be served here at the moment.', retryAfter: 10 },
  lists_full: { status: 503, text: 'Too many lists are read at the moment.', retryAfter: 1 },
  streams_full: { status: 503, text: 'No more streams can be served here.', retryAfter: 5 },
} as const satisfies Readonly<Record<string, ErrorRow>>;

/** A code by which programs tell errors apart. */
export type ErrorCode = keyof typeof ERRORS;

/** The answer to an error of this code. */
export const errorRow = (code: ErrorCode): ErrorRow => ERRORS[code];

/** The possible codes of a body with this status, in the order of the table. */
export const codesOf = (status: number): ErrorCode[] =>
  (Object.keys(ERRORS) as ErrorCode[]).filter((code) => ERRORS[code].status === status);
