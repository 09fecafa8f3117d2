import { readRecord, type SourceRecord } from '../reading/shown-record.js';
import type { TopicReader } from '../reading/topic-reader.js';

/** Most offsets that are read back from the end at first: compaction leaves holes, but none at the end. */
const REACH = 100;

/** The login of a partition's last record. */
export interface LastLogin {
  partition: number;
  contactId: number;
  version: number;
}

/** Partitions of a topic of logins that get no more records. */
export class QuietPartitions {
  constructor(
    private readonly reader: TopicReader,
    /** A partition whose last record is of this command has nothing old in its open segment. */
    private readonly command: string,
  ) {}

  /** @param since milliseconds since 1970: a partition is quiet that has no record since then */
  async since(since: number): Promise<LastLogin[]> {
    const { from, to } = await this.reader.all();
    const newer = await this.reader.since(since);
    const found: LastLogin[] = [];
    for (const [index, end] of to.entries()) {
      if (from[index] === end || newer[index]! < end) continue;
      const last = await this.lastOf(index, { from, to });
      if (last && !isOf(this.command, last)) found.push(...loginOf(last));
    }
    return found;
  }

  private async lastOf(index: number, { from, to }: { from: number[]; to: number[] }): Promise<SourceRecord | undefined> {
    const near = Math.max(from[index]!, to[index]! - REACH);
    return (await this.lastFrom(index, near, to)) ?? (near > from[index]! ? this.lastFrom(index, from[index]!, to) : undefined);
  }

  private async lastFrom(index: number, begin: number, to: number[]): Promise<SourceRecord | undefined> {
    const from = to.map((end, at) => (at === index ? begin : end));
    let last: SourceRecord | undefined;
    for await (const record of this.reader.read({ from, to })) if (loginOf(record).length > 0) last = record;
    return last;
  }
}

const isOf = (command: string, { headers }: SourceRecord): boolean =>
  String(headers?.['ce_correlationid']).startsWith(`${command}-`);

/** Nothing for a record that is not the gateway's own. */
function loginOf(record: SourceRecord): LastLogin[] {
  const { contactId, version } = readRecord(record);
  return contactId === null || version === null ? [] : [{ partition: record.partition, contactId, version }];
}
