import type { CompanySnapshot } from '../company.schema.js';
import type { ContactSnapshot } from '../contact.schema.js';
import { joinLate } from './from-zero.js';
import { isCompacted, streamsOf, type HistoryRecord } from './history.js';
import { Random } from './random.js';

/** Variations that the contract allows between a history and a subscriber, each alone or together. */
export interface Switches {
  /** Records come more than once: some repeated at once, some together with later ones, all of them again at the end. */
  doubled?: boolean;
  /** Keys and topics come in another order to each other; the records of each key of a topic keep their order. */
  interleaved?: boolean;
  /** On a compacted topic older records of a key are gone, and sometimes all records of a removed one. */
  compacted?: boolean;
  /** The subscriber starts in the middle: with contacts and companies as the HTTP API shows them, then from the positions noted before. */
  fromZero?: boolean;
}

/** One way in which a history can arrive. */
export interface Variation {
  /** Contacts that are read by HTTP, before the records; empty unless it starts from zero. */
  seeds: ContactSnapshot[];
  /** Companies, likewise. */
  companySeeds: CompanySnapshot[];
  records: HistoryRecord[];
}

/** One of the ways in which a history can arrive; the same one for the same seed. */
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

/** Each record at least once: sometimes a repeated stretch, as after a crash, everything again at the end, then some late ones. */
function repeat(stream: readonly HistoryRecord[], random: Random): HistoryRecord[] {
  const sent: HistoryRecord[] = [];
  stream.forEach((record, index) => {
    sent.push(record);
    if (random.chance(0.1)) sent.push(...stream.slice(Math.max(0, index - random.below(FARTHEST_REWIND)), index + 1));
  });
  const late = stream.filter(() => random.chance(0.3));
  return [...sent, ...stream, ...late];
}

/** Mixes streams and keeps the order of each: sometimes record by record, sometimes a whole stream before all others. */
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
