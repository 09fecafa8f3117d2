import { decodeRecord } from '../event.codec.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { isCompacted, keyOf, type HistoryRecord } from './history.js';
import type { Random } from './random.js';

/**
 * A subscriber begins while the history goes on: it notes the end of the topics, reads each contact at some moment after that, then
 * the topics from the noted place. A compacted topic is read from its beginning.
 */
export function joinLate(
  history: readonly HistoryRecord[],
  random: Random,
): { seeds: ContactSnapshot[]; records: HistoryRecord[] } {
  const noted = random.below(history.length + 1);
  const states = contactStates(history);
  const seeds = [...states.values()].flatMap((stream) => {
    const readAt = noted + random.below(history.length + 1 - noted);
    return stream.findLast(({ at }) => at < readAt)?.contact ?? [];
  });
  return { seeds, records: history.filter(({ topic }, at) => isCompacted(topic) || at >= noted) };
}

/** What a contact was from a place in the history on; undefined where it is deleted. */
interface State {
  at: number;
  contact: ContactSnapshot | undefined;
}

function contactStates(history: readonly HistoryRecord[]): Map<string, State[]> {
  const states = new Map<string, State[]>();
  history.forEach((record, at) => {
    const decoded = decodeRecord(record);
    if (decoded.kind !== 'event' || decoded.event.name === 'PortalLoginChanged') return;
    const contact = decoded.event.name === 'ContactDeleted' ? undefined : decoded.event.data.contact;
    const known = states.get(keyOf(record));
    if (known) known.push({ at, contact });
    else states.set(keyOf(record), [{ at, contact }]);
  });
  return states;
}
