import type { CompanySnapshot } from '../company.schema.js';
import { decodeRecord } from '../event.codec.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { isCompacted, keyOf, type HistoryRecord } from './history.js';
import type { Random } from './random.js';

/** What a subscriber reads by HTTP before the records. */
export interface Seeds {
  seeds: ContactSnapshot[];
  companySeeds: CompanySnapshot[];
}

/**
 * A subscriber starts in the middle of the history: it notes the end of the topics, reads each contact and company at some later
 * moment, then the topics from the noted positions. It reads a compacted topic from its beginning.
 */
export function joinLate(history: readonly HistoryRecord[], random: Random): Seeds & { records: HistoryRecord[] } {
  const noted = random.below(history.length + 1);
  const read: Seeds = { seeds: [], companySeeds: [] };
  for (const stream of statesOf(history).values()) {
    const readAt = noted + random.below(history.length + 1 - noted);
    const state = stream.findLast(({ at }) => at < readAt);
    if (state?.contact) read.seeds.push(state.contact);
    if (state?.company) read.companySeeds.push(state.company);
  }
  return { ...read, records: history.filter(({ topic }, at) => isCompacted(topic) || at >= noted) };
}

/** What a contact or company was from a place in the history on; neither where it is deleted. */
interface State {
  at: number;
  contact?: ContactSnapshot;
  company?: CompanySnapshot;
}

function statesOf(history: readonly HistoryRecord[]): Map<string, State[]> {
  const states = new Map<string, State[]>();
  history.forEach((record, at) => {
    const decoded = decodeRecord(record);
    if (decoded.kind !== 'event' || decoded.event.name === 'PortalLoginChanged') return;
    const { data } = decoded.event;
    const state: State = {
      at,
      ...('contact' in data && { contact: data.contact }),
      ...('company' in data && { company: data.company }),
    };
    const key = `${record.topic}/${keyOf(record)}`;
    const known = states.get(key);
    if (known) known.push(state);
    else states.set(key, [state]);
  });
  return states;
}
