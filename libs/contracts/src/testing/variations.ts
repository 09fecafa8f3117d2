import type { CompanySnapshot } from '../company.schema.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { joinLate } from './from-zero.js';
import { isCompacted, streamsOf, type HistoryRecord } from './history.js';
import { Random } from './random.js';

/** What the contract lets happen to a history on its way to a subscriber, each by itself or together. */
export interface Switches {
  /** Records come more than once: some again at once, some with what came after them, all of them once more at the end. */
  doubled?: boolean;
  /** Keys and topics come in another order to each other; each key of a topic keeps its own. */
  interleaved?: boolean;
  /** Of a compacted topic older records of a key are gone, and of what was removed now and then everything. */
  compacted?: boolean;
  /** The subscriber begins somewhere on the way: with contacts and companies as the HTTP API shows them, then from the place noted before. */
  fromZero?: boolean;
}

/** One way for a history to arrive. */
export interface Variation {
  /** Contacts that are read by HTTP, before the records; empty unless it begins from zero. */
  seeds: ContactSnapshot[];
  /** Companies, likewise. */
  companySeeds: CompanySnapshot[];
  records: HistoryRecord[];
}

/** One of the ways in which a history may arrive; the same one again for the same seed. */
export function variationOf(history: readonly HistoryRecord[], switches: Switches, seed: number): Variation {
  const random = new Random(seed);
  const { records, ...seeds } = switches.fromZero
    ? joinLate(history, random)
    : { seeds: [], companySeeds: [], records: [...history] };
  const kept = switches.compacted ? compact(records, random) : records;
  const streams = switches.interleaved ? streamsOf(kept) : [kept];
  const sent = switches.doubled ? streams.map((stream) => repeat(stream, random)) : streams;
  return { ...seeds, records: merge(sent, random) };
}

const FARTHEST_REWIND = 10;

/** At least once: now and then from further back, as after a crash, all of it again at the end, and then one or another late. */
function repeat(stream: readonly HistoryRecord[], random: Random): HistoryRecord[] {
  const sent: HistoryRecord[] = [];
  stream.forEach((record, index) => {
    sent.push(record);
    if (random.chance(0.1)) sent.push(...stream.slice(Math.max(0, index - random.below(FARTHEST_REWIND)), index + 1));
  });
  const late = stream.filter(() => random.chance(0.3));
  return [...sent, ...stream, ...late];
}

/** Mixes streams, each of which keeps its order: sometimes record by record, sometimes a whole stream before all others. */
function merge(streams: readonly (readonly HistoryRecord[])[], random: Random): HistoryRecord[] {
  const left = streams.filter(({ length }) => length > 0).map((stream) => ({ stream, next: 0 }));
  const merged: HistoryRecord[] = [];
  while (left.length > 0) {
    const index = random.below(left.length);
    const { stream, next } = left[index]!;
    const until = next + (random.chance(0.5) ? 1 : 1 + random.below(stream.length - next));
    merged.push(...stream.slice(next, until));
    left[index]!.next = until;
    if (until < stream.length) continue;
    left[index] = left.at(-1)!;
    left.pop();
  }
  return merged;
}

function compact(records: readonly HistoryRecord[], random: Random): HistoryRecord[] {
  const gone = new Set<HistoryRecord>();
  for (const stream of streamsOf(records.filter(({ topic }) => isCompacted(topic)))) {
    const last = stream.at(-1)!;
    const isForgotten = last.value === null && random.chance(0.5);
    for (const record of stream) if (record === last ? isForgotten : isForgotten || random.chance(0.7)) gone.add(record);
  }
  return records.filter((record) => !gone.has(record));
}
