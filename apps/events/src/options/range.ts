import type { Command } from 'commander';
import { wholeNumber } from '#app/terminal';
import { WrongUsage } from '../events.errors.js';
import type { Stretch, TopicReader } from '../reading/topic-reader.js';
import { companyId, contactId, pastTime, several, time } from './parsers.js';

/** A range of topics; a missing bound takes all. */
export interface RangeOptions {
  partition?: number[];
  since?: number;
  until?: number;
  fromOffset?: number;
  toOffset?: number;
  contact?: number[];
  company?: number[];
}

export const withRange = (command: Command): Command =>
  command
    .option('--partition <number>', 'of these partitions alone; several with commas', several(wholeNumber(0)))
    .option('--since <time>', 'begins there: 2026-01-31T09:00:00Z, 2026-01-31, or how long ago (15m, 2h, 7d)', pastTime())
    .option('--until <time>', 'ends before', time())
    .option('--from-offset <offset>', 'begins there, in the one partition named', wholeNumber(0))
    .option('--to-offset <offset>', 'ends before', wholeNumber(0))
    .option('--contact <id>', 'of these contacts alone; several with commas', several(contactId))
    .option('--company <id>', 'of these companies alone; several with commas', several(companyId));

/**
 * Finds the range in the current topics.
 * @throws {WrongUsage} if offsets are given for more than one partition
 */
export async function stretchOf(reader: TopicReader, options: RangeOptions): Promise<Stretch> {
  const { layout } = reader;
  const { partition, since, until, fromOffset, toOffset, contact = [], company = [] } = options;
  if ((fromOffset ?? toOffset) !== undefined && (layout.topics.length !== 1 || partition?.length !== 1))
    throw new WrongUsage('An offset is of one partition: name it, and one topic.');
  const all = await reader.all();
  const first = since === undefined ? all.from : await reader.since(since);
  const end = until === undefined ? all.to : await reader.since(until);
  const ids = [...contact, ...company];
  const narrowed = reader.narrowed(all, ids.length > 0 ? ids.map(String) : undefined);
  const isWanted = (partitionIndex: number): boolean =>
    narrowed.from[partitionIndex]! < narrowed.to[partitionIndex]! &&
    (!partition || partition.includes(layout.partitionOf(partitionIndex)));
  const bounds = layout.partitionIndexes.map((partitionIndex) => {
    if (!isWanted(partitionIndex)) return { from: all.to[partitionIndex]!, to: all.to[partitionIndex]! };
    const from = Math.max(all.from[partitionIndex]!, first[partitionIndex]!, fromOffset ?? 0);
    const to = Math.min(all.to[partitionIndex]!, end[partitionIndex]!, toOffset ?? Infinity);
    return { from: Math.min(from, to), to };
  });
  return { from: bounds.map(({ from }) => from), to: bounds.map(({ to }) => to) };
}

/** The number of offsets in a range; some may hold no record. */
export const lengthOf = ({ from, to }: Stretch): number =>
  to.reduce((sum, end, partitionIndex) => sum + end - from[partitionIndex]!, 0);
