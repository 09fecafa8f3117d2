import { kafkaOf, onDatabase } from '../connections.js';
import { Refused, WrongUsage } from '../events.errors.js';
import { fullTopic } from '../options/topics.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { TopicReader, type Stretch } from '../reading/topic-reader.js';
import type { Tool } from '../tool.js';
import { byOrigin, originalOf, placeOf, readDeadLetter, type DeadLetter, type WholeLetter } from './dead-letter.js';
import { Outcomes } from './outcomes.js';

/** Fewer records than this between two letters are read over. */
const NEAR = 100;

/** The dead letters in the order of their originals, and the decisions on them. */
export interface LetterBox {
  letters: DeadLetter[];
  outcomes: Outcomes;
}

/** Works on the dead letters of the topic. */
export async function withLetters<T>(tool: Tool, work: (box: LetterBox) => T | Promise<T>): Promise<T> {
  const topic = fullTopic(tool.env, 'dead-letters');
  return onDatabase(tool.env.authDatabaseUrl, async (database) => {
    const outcomes = new Outcomes(database, topic);
    const { letters, starts } = await readLetters(tool);
    await outcomes.sweep(starts);
    return await work({ letters: (await outcomes.tell(letters)).sort(byOrigin), outcomes });
  });
}

const readLetters = (tool: Tool): Promise<{ letters: DeadLetter[]; starts: number[] }> =>
  onTopic(tool, async (reader) => {
    const all = await reader.all();
    const letters: DeadLetter[] = [];
    for await (const record of reader.read(all)) letters.push(readDeadLetter(record));
    return { letters, starts: all.from };
  });

/**
 * Reads the records of some letters again; all of them are in memory then.
 * @throws {Refused} if the topic no longer holds one
 */
export const wholeLetters = (letters: readonly DeadLetter[], tool: Tool): Promise<WholeLetter[]> =>
  onTopic(tool, async (reader) => {
    const wanted = new Map(letters.map((letter) => [letter.place, letter]));
    const found = new Map<string, SourceRecord>();
    for (const stretch of stretchesOf(letters, reader))
      for await (const record of reader.read(stretch))
        if (wanted.get(placeOf(record))?.timestamp === record.timestamp) found.set(placeOf(record), originalOf(record));
    return letters.map((letter) => {
      const record = found.get(letter.place);
      if (!record) throw new Refused(`The topic no longer holds dead letter ${letter.place}.`);
      return { ...letter, record };
    });
  });

/** The letters of each partition in runs: the first runs of all partitions, then the second ones, and so on. */
function stretchesOf(letters: readonly DeadLetter[], { layout }: TopicReader): Stretch[] {
  const runs = layout.partitionIndexes.map((index) =>
    runsOf(letters.filter(({ partition }) => partition === index).map(({ offset }) => offset)),
  );
  return Array.from({ length: Math.max(...runs.map(({ length }) => length)) }, (_, number) => ({
    from: runs.map((each) => each[number]?.from ?? 0),
    to: runs.map((each) => each[number]?.to ?? 0),
  }));
}

/** A range of one log: the first offset, and the one after the last. */
interface Run {
  from: number;
  to: number;
}

function runsOf(offsets: readonly number[]): Run[] {
  const runs: Run[] = [];
  for (const offset of offsets.toSorted((a, b) => a - b)) {
    const last = runs.at(-1);
    if (last && offset - last.to < NEAR) last.to = offset + 1;
    else runs.push({ from: offset, to: offset + 1 });
  }
  return runs;
}

async function onTopic<T>({ env, signal }: Tool, work: (reader: TopicReader) => Promise<T>): Promise<T> {
  const reader = await TopicReader.open({ kafka: kafkaOf(env), topics: [fullTopic(env, 'dead-letters')], signal });
  try {
    return await work(reader);
  } finally {
    await reader.close();
  }
}

export interface Selection {
  /** Every waiting letter. */
  all?: boolean;
  /** Only letters of these contacts. */
  contact?: number[];
  /** Part of the reason. */
  reason?: string;
}

/**
 * The selected letters: the named ones, whatever their outcome, or else waiting ones.
 * @throws {Refused} if there is none, {@link WrongUsage} if no option selects letters
 */
export function select(letters: readonly DeadLetter[], places: readonly string[], selection: Selection): DeadLetter[] {
  const { all, contact, reason } = selection;
  if (places.length === 0 && !all && !contact && reason === undefined)
    throw new WrongUsage('Say which: their places (3@17), --contact, --reason, or --all.');
  const missing = places.filter((place) => !letters.some((letter) => letter.place === place));
  if (missing.length > 0) throw new Refused(`There is no dead letter ${missing.join(', ')}: dead-letters list --all names them.`);
  const chosen = letters.filter(
    (letter) =>
      (places.length > 0 ? places.includes(letter.place) : letter.outcome === null) &&
      (!contact || (letter.contactId !== null && contact.includes(letter.contactId))) &&
      (reason === undefined || letter.reason.includes(reason)),
  );
  if (chosen.length === 0) throw new Refused('No dead letter waits that is meant.');
  return chosen;
}
