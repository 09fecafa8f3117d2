import { COMPANY_FIELDS, CONTACT_FIELDS, EVENTS, PORTAL_LOGIN_CHANGES } from '#app/contracts';
import { DEFAULT_PER_PAGE, MAX_PAGE, MAX_PER_PAGE } from './page.js';
import { TEXT_PATTERN } from './rules.js';

const id = { type: 'integer', minimum: 1, maximum: Number.MAX_SAFE_INTEGER };
const CHANGED_NAME = [...new Set([...CONTACT_FIELDS, ...COMPANY_FIELDS, ...PORTAL_LOGIN_CHANGES])].join('|');
const FLAG_DIGITS = 'Also `1` or `0`.';
const TAGS_PATTERN = '^(\\*|(W/)?"[!#-~]*"(, *(W/)?"[!#-~]*")*)$';

const header = (name: string, description: string, schema: object, example: string) =>
  // An example of the schema: one of the parameter would be sent by the page of the API, though nobody asked for it.
  ({ name, in: 'header', required: false, description, schema: { type: 'string', ...schema, examples: [example] } }) as const;
const inQuery = (name: string, description: string, schema: object) =>
  ({ name, in: 'query', required: false, description, schema }) as const;
const inPath = (name: string, description: string, schema: object, example: unknown) =>
  ({ name, in: 'path', required: true, description, schema, example }) as const;

/** Parameters of several operations, by component name. */
export const PARAMETERS = {
  Id: inPath('id', 'What is no positive integer is the id of something that does not exist.', id, 1),
  /** Not 1, which is the first token itself: the one that a person tries this with. */
  TokenId: inPath('id', 'Id of the token. What is no positive integer is the id of something that does not exist.', id, 2),
  /** Beside filters by `id` and `company_id`: a generated method can have each name once. */
  Company: inPath('company', 'Id of the company. What is no positive integer is the id of something that does not exist.', id, 1),
  TagName: inPath('name', 'Name of a tag, in whatever case.', { type: 'string', minLength: 1 }, 'sales'),
  Page: inQuery('page', 'The page, from 1. One past the end is empty.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_PAGE,
    default: 1,
  }),
  PerPage: inQuery('per_page', 'Rows on a page.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_PER_PAGE,
    default: DEFAULT_PER_PAGE,
  }),
  Limit: inQuery('limit', 'The same as `per_page`, for callers who expect it. Not with another `per_page`.', {
    type: 'integer',
    minimum: 1,
    maximum: MAX_PER_PAGE,
  }),
  IfMatch: header(
    'If-Match',
    'Entity tags of the versions that the contact may have; `*` for any. With another one nothing is done: 412. A weak tag never matches.',
    { pattern: TAGS_PATTERN },
    '"7"',
  ),
  IfNoneMatch: header(
    'If-None-Match',
    'Entity tags of versions that the caller has, or `*`. On a GET: 304 for one of them. On a write: 412 for one of them, or for `*` where the contact or company exists.',
    { pattern: TAGS_PATTERN },
    '"7"',
  ),
  IdempotencyKey: header(
    'Idempotency-Key',
    'Makes a repetition safe: for 24 hours the same key, token and request get the first answer again, and nothing is done again. Bare or in quotes.',
    { minLength: 1, maxLength: 255, pattern: '^[ -~]*[!-~][ -~]*$' },
    'order-4711',
  ),
  Prefer: header(
    'Prefer',
    '`handling=strict`: fields that are not known are refused. `dry-run`, on writes of contacts: what would be answered, and the events that would follow; nothing is stored.',
    {},
    'handling=strict',
  ),
  DryRun: inQuery('dry_run', `The same as \`Prefer: dry-run\`. ${FLAG_DIGITS}`, { type: 'boolean', default: false }),
  Descendants: inQuery('descendants', `Ends the tokens that it made too, and those that they made. ${FLAG_DIGITS}`, {
    type: 'boolean',
    default: false,
  }),
  RequestId: header(
    'X-Request-Id',
    "The caller's id of the request, which answer, events and logs carry: at most 128 visible ASCII characters, or it is replaced.",
    {},
    'order-4711',
  ),
  LastEventId: header(
    'Last-Event-ID',
    'The id of the last event that was taken: the stream goes on after it.',
    { pattern: TEXT_PATTERN },
    'MS4wLjE3',
  ),
  EventContact: inQuery('contact_id', 'Events of one contact. Not with `company_id`.', id),
  EventCompany: inQuery('company_id', "One company's own events.", id),
  EventChanged: inQuery(
    'changed',
    'Events that say that one of these fields has changed, or, of a login, that name one of these changes; with commas between. Events that say neither come too.',
    { type: 'string', pattern: `^(${CHANGED_NAME})( *, *(${CHANGED_NAME}))*$`, examples: ['email,company_id'] },
  ),
  EventType: inQuery('type', 'Events of one type.', { type: 'string', enum: Object.keys(EVENTS) }),
};

/** The name of a parameter with a component. */
export type ParameterName = keyof typeof PARAMETERS;

/** The three parameters of a page. */
export const PAGING: readonly ParameterName[] = ['Page', 'PerPage', 'Limit'];

/** A parameter by its component. */
export const parameterReference = (name: ParameterName): { $ref: string } => ({ $ref: `#/components/parameters/${name}` });
