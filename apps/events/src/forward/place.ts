import { existsSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { Refused } from '../events.errors.js';
import type { SourceRecord } from '../reading/shown-record.js';
import { pathToWrite, writeWhole } from '../whole-file.js';

/** By topic and partition the offset to go on from, as in the header `Snapshot-Offsets`. */
export type Offsets = Record<string, Record<string, number>>;

type Position = Pick<SourceRecord, 'topic' | 'partition' | 'offset'>;

/** How far the records of each partition are done: up to the first that is not. */
export class Place {
  private readonly next: Offsets = {};
  /** In offset order: records of a partition are taken in it. */
  private readonly pending = new Map<string, Set<number>>();

  get isStarted(): boolean {
    return Object.keys(this.next).length > 0;
  }

  /** Where reading begins. */
  start(topic: string, partition: number, offset: number): void {
    (this.next[topic] ??= {})[partition] = offset;
  }

  take({ topic, partition, offset }: Position): void {
    this.start(topic, partition, offset + 1);
    const key = `${topic}/${partition}`;
    const pending = this.pending.get(key);
    if (pending) pending.add(offset);
    else this.pending.set(key, new Set([offset]));
  }

  done({ topic, partition, offset }: Position): void {
    this.pending.get(`${topic}/${partition}`)?.delete(offset);
  }

  get offsets(): Offsets {
    const of = (topic: string, partition: string, next: number): number => {
      const [first] = this.pending.get(`${topic}/${partition}`) ?? [];
      return first ?? next;
    };
    return Object.fromEntries(
      Object.entries(this.next).map(([topic, partitions]) => [
        topic,
        Object.fromEntries(Object.entries(partitions).map(([partition, next]) => [partition, of(topic, partition, next)])),
      ]),
    );
  }
}

/** A file that keeps offsets; one write at a time. After a write that failed, the next one tries again. */
export class OffsetsFile {
  private writing: Promise<void> = Promise.resolve();

  constructor(private readonly file: string) {}

  keep(offsets: () => Offsets): Promise<void> {
    this.writing = this.writing.catch(() => undefined).then(() => writeOffsets(this.file, offsets()));
    return this.writing;
  }
}

/** The offsets of a file; undefined if it does not exist yet. @throws {Refused} */
export async function readOffsets(file: string): Promise<Offsets | undefined> {
  if (!existsSync(file)) return undefined;
  const offsets = parsed(await readFile(file, 'utf8'));
  if (isOffsets(offsets)) return offsets;
  throw new Refused(`${file} holds no place: it must be {"topic":{"0":123}}.`);
}

/** Undefined for a text that is no JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

const isOffsets = (value: unknown): value is Offsets => valuesOf(value).every((topic) => valuesOf(topic).every(isOffset));

/** The values of a JSON object; anything else gives one that is no offset. */
const valuesOf = (value: unknown): unknown[] =>
  typeof value === 'object' && value !== null && !Array.isArray(value) ? Object.values(value) : [undefined];

const isOffset = (value: unknown): boolean => Number.isSafeInteger(value) && (value as number) >= 0;

const writeOffsets = async (file: string, offsets: Offsets): Promise<void> =>
  writeWhole(await pathToWrite(file), [`${JSON.stringify(offsets)}\n`], { mode: 0o666 });
