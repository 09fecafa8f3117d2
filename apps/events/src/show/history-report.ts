import { printable } from '#app/terminal';
import type { Paint } from '../colours.js';
import { timeOf, valueOf } from '../tail/event-line.js';
import type { FieldChange, Finding, HistoryEntry } from './contact-history.js';

const LONGEST_VALUE = 100;

/** One record of the history, for people: a line that identifies it, and one for each changed field. */
export function describeEntry(entry: HistoryEntry, topic: string, paint: Paint): string[] {
  const { record, changes, findings } = entry;
  const { partition, offset, version, kind, replayed, correlationId, actor, reason } = record;
  const what = kind === 'tombstone' ? `tombstone: removed as of v${version}` : printable(record.name);
  const by = [actor && `token ${valueOf(actor)}`, correlationId && `request ${valueOf(correlationId)}`]
    .filter(Boolean)
    .join(', ');
  const head = [
    paint('gray', timeOf(record.timestamp)),
    paint('bold', `${topic} v${version ?? '?'}`),
    `${what}${passwordNote(entry)}${replayed ? ' (replayed)' : ''}`,
    paint('gray', [by, `${partition}@${offset}`].filter((part) => part !== '').join(', ')),
  ].join('  ');
  const width = Math.max(0, ...changes.map(({ field }) => field.length));
  return [
    ...findings.map((finding) => paint('yellow', `  ! ${describeFinding(finding)}`)),
    head,
    ...(kind === 'unreadable' ? [paint('red', `    ${valueOf(reason, 200)}`)] : []),
    ...changes.map((change) => `    ${describeChange(change, width, paint)}`),
  ];
}

function describeChange({ field, before, after, unmarked }: FieldChange, width: number, paint: Paint): string {
  const values = `${paint('red', valueOf(before, LONGEST_VALUE))} → ${paint('green', valueOf(after, LONGEST_VALUE))}`;
  return `${printable(field).padEnd(width)}  ${values}${unmarked ? paint('gray', '  (came along unmarked)') : ''}`;
}

const passwordNote = ({ record: { event } }: HistoryEntry): string =>
  event?.name === 'PortalLoginChanged'
    ? `: ${event.data.changes.map((change) => valueOf(change)).join(', ') || 'sealed anew'}`
    : '';

function describeFinding(finding: Finding): string {
  switch (finding.kind) {
    case 'missing': {
      const { from, to } = finding;
      const which = from === to ? `Version ${from} is` : `Versions ${from} to ${to} are`;
      return `${which} not on the topic any more: its retention or compaction has passed.`;
    }
    case 'repeated':
      return 'The same event once more: readers skip it.';
    case 'late':
      return 'A version below one that came before: readers skip it.';
    case 'conflict':
      return 'ANOTHER event of a version that was there before: versions were given out twice.';
  }
}
