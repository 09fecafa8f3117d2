import type { FeedMark } from '#app/messaging';

/** Longer offsets are left out of the header: proxies and clients refuse long headers. */
const LONGEST_OFFSETS = 4_096;

/** The position in the events to go on from, for the stream and for Kafka readers. */
export function positionHeaders({ cursor, offsets }: FeedMark): Record<string, string> {
  const text = JSON.stringify(offsets);
  return { 'snapshot-cursor': cursor, ...(text.length <= LONGEST_OFFSETS && { 'snapshot-offsets': text }) };
}
