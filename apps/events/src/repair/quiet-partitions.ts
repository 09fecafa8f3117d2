import { readRecord, type SourceRecord } from '../reading/shown-record.js';
import type { TopicReader } from '../reading/topic-reader.js';

/** Most offsets that are read back from the end at first: compaction leaves holes, but none at the end. */
const REACH = 100;

/** The login of a partition's last record. */
export interface LastLogin {
  partition: number;
  contactId: number;
  version: number;
  isRemoved: boolean;
}

/** The end of a partition: records of this command, and the last one before them. */
interface Tail {
  before?: SourceRecord;
  ofCommand: SourceRecord[];
}

/** Partitions of a topic of logins that get no more records. */
export class QuietPartitions {
  constructor(
    private readonly reader: TopicReader,
    private readonly command: string,
  ) {}

  /** @param since milliseconds since 1970: a partition is quiet that has no record since then */
  async since(since: number, now = Date.now()): Promise<LastLogin[]> {
    const { from, to } = await this.reader.all();
    const newer = await this.reader.since(since);
    const found: LastLogin[] = [];
    for (const [index, end] of to.entries()) {
      if (from[index] === end || newer[index]! < end) continue;
      const tail = await this.tailOf(index, { from, to });
      if (!hasClosed(tail, now - since)) found.push(...loginOf(tail.ofCommand.at(-1) ?? tail.before));
    }
    return found;
  }

  private async tailOf(index: number, { from, to }: { from: number[]; to: number[] }): Promise<Tail> {
    const near = Math.max(from[index]!, to[index]! - REACH);
    const tail = await this.tailFrom(index, near, to);
    return tail.before || near === from[index] ? tail : this.tailFrom(index, from[index]!, to);
  }

  private async tailFrom(index: number, begin: number, to: number[]): Promise<Tail> {
    const from = to.map((end, at) => (at === index ? begin : end));
    let tail: Tail = { ofCommand: [] };
    for await (const record of this.reader.read({ from, to })) {
      if (loginOf(record).length === 0) continue;
      if (String(record.headers?.['ce_correlationid']).startsWith(`${this.command}-`)) tail.ofCommand.push(record);
      else tail = { before: record, ofCommand: [] };
    }
    return tail;
  }
}

/** Whether the command's records came so late that Kafka has closed the segment before them: then nothing old is in the open one. */
function hasClosed({ before, ofCommand: [first] }: Tail, quietMs: number): boolean {
  return first !== undefined && (!before || first.timestamp - before.timestamp >= quietMs);
}

/** Nothing for a record that is not the gateway's own. */
function loginOf(record: SourceRecord | undefined): LastLogin[] {
  if (!record) return [];
  const { contactId, version, kind, event } = readRecord(record);
  const isRemoved = kind === 'tombstone' || (event?.name === 'PortalLoginChanged' && event.data.email === null);
  return contactId === null || version === null ? [] : [{ partition: record.partition, contactId, version, isRemoved }];
}
