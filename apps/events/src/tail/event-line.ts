import { matchEvent, type ContactSyncEvent } from '#app/contracts';
import { printable } from '#app/terminal';
import type { Paint } from '../colours.js';
import type { ShownRecord } from '../reading/shown-record.js';

const LONGEST_VALUE = 60;
const LONGEST_NAME = 'PortalLoginChanged'.length;

/** How a line is shown. */
interface LineStyle {
  paint: Paint;
  /** The line is cut to this width; undefined: it is whole. */
  columns?: number | undefined;
}

/** A record as one line: time, type, contact or company, content and position. A narrow terminal gets no position. */
export function eventLine(record: ShownRecord, topic: string, { paint, columns = Infinity }: LineStyle): string {
  const { kind, name, contactId, companyId, version, partition, offset, replayed } = record;
  const what = kind === 'tombstone' ? 'tombstone' : printable(name);
  const whom = `${contactId ?? companyId ?? '?'} v${version ?? '?'}`.padEnd(9);
  const position = `${topic} ${partition}@${offset}`;
  const mark = replayed ? ' (replayed)' : '';
  const room = columns - [timeOf(record.timestamp), what.padEnd(LONGEST_NAME), whom, mark].join(GAP).length;
  const hasPosition = room - GAP.length - position.length >= LEAST_ROOM;
  const content = cut(said(record), hasPosition ? room - GAP.length - position.length : room);
  return [
    paint('gray', timeOf(record.timestamp)),
    paint(COLOURS[what] ?? 'yellow', what.padEnd(LONGEST_NAME)),
    whom,
    `${content}${mark && paint('yellow', mark)}`,
    ...(hasPosition ? [paint('gray', position)] : []),
  ].join(GAP);
}

const GAP = '  ';
/** Room for content that a position must leave. */
const LEAST_ROOM = 40;

const cut = (text: string, longest: number): string =>
  text.length > longest ? `${text.slice(0, Math.max(0, longest - 1))}…` : text;

/** UTC, to the millisecond. */
export const timeOf = (ms: number): string => new Date(ms).toISOString().replace('T', ' ').replace('Z', '');

/** A value in a few words, safe for a terminal. */
export function valueOf(value: unknown, longest = LONGEST_VALUE): string {
  const text = printable(typeof value === 'string' ? value : value === null ? '-' : JSON.stringify(value) || '-');
  return cut(text, longest);
}

const COLOURS: Record<string, Parameters<Paint>[0]> = {
  ContactCreated: 'green',
  ContactUpdated: 'cyan',
  ContactDeleted: 'red',
  CompanyCreated: 'green',
  CompanyUpdated: 'cyan',
  CompanyDeleted: 'red',
  PortalLoginChanged: 'magenta',
  tombstone: 'red',
};

function said({ kind, event, version, reason }: ShownRecord): string {
  if (event) return summaryOf(event);
  if (kind === 'tombstone') return `removed as of v${version}`;
  return kind === 'unknown' ? 'not known here' : `unreadable: ${valueOf(reason, 200)}`;
}

const summaryOf = (event: ContactSyncEvent): string =>
  matchEvent(event, {
    ContactCreated: ({ data: { contact } }) =>
      [contact.full_name, contact.email && `<${contact.email}>`, contact.company && `at ${contact.company.name}`]
        .filter((part) => part !== null && part !== '')
        .map((part) => valueOf(part))
        .join(' '),
    ContactUpdated: ({ data: { changed, before, contact } }) => changesSaid(changed, before, contact),
    ContactDeleted: ({ data }) => (data.company_ids.length > 0 ? `was at ${data.company_ids.join(', ')}` : 'was at no company'),
    CompanyCreated: ({ data: { company } }) => valueOf(company.name),
    CompanyUpdated: ({ data: { changed, before, company } }) => changesSaid(changed, before, company),
    CompanyDeleted: () => 'deleted',
    PortalLoginChanged: ({ data }) => {
      const changes = data.changes.length > 0 ? data.changes.map((change) => valueOf(change)).join(', ') : 'sealed anew';
      const emails = [data.previous_email, data.email].filter((email) => email !== null).map((email) => valueOf(email));
      return [changes, emails.join(' → '), `position ${data.position}`].filter((part) => part !== '').join('; ');
    },
  });

const changesSaid = (changed: readonly string[], before: Record<string, unknown>, after: Record<string, unknown>): string =>
  changed.map((field) => `${valueOf(field)} ${valueOf(before[field])} → ${valueOf(after[field])}`).join(', ');
