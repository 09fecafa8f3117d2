import { readRecord, type ShownRecord, type SourceRecord } from '../reading/shown-record.js';

/** The age rank of a record within its key: its version, and a tombstone after its removal; -1 if it is unreadable. */
const rankOf = ({ version, kind }: Pick<ShownRecord, 'version' | 'kind'>): number =>
  version === null ? -1 : version * 2 + (kind === 'tombstone' ? 1 : 0);

/** A rank in words. */
export const rankText = (rank: number): string => {
  if (rank < 0) return 'unreadable';
  return rank % 2 === 1 ? `the removal of v${(rank - 1) / 2}` : `v${rank / 2}`;
};

interface KeyEnd {
  /** The rank of the record that was written last. */
  last: number;
  newest: number;
  /** The newest record itself, if it was kept. */
  record?: SourceRecord;
}

/**
 * The last and the newest record of each key. Readers and compaction take the last one for the newest, so on a live topic it must
 * be the newest.
 */
export class KeyEnds {
  private readonly ends = new Map<string, KeyEnd>();

  /** Takes the next record of the topic; keeps it if it is the newest and `keep` is set. */
  note(record: SourceRecord, { keep = false, shown = readRecord(record) }: { keep?: boolean; shown?: ShownRecord } = {}): void {
    const key = keyOf(record);
    const rank = rankOf(shown);
    const end = this.ends.get(key) ?? { last: rank, newest: -1 };
    end.last = rank;
    if (rank >= end.newest) {
      end.newest = rank;
      if (keep) end.record = record;
      else delete end.record;
    }
    this.ends.set(key, end);
  }

  get keys(): ReadonlySet<string> {
    return new Set(this.ends.keys());
  }

  of(key: string): Readonly<KeyEnd> | undefined {
    return this.ends.get(key);
  }

  /** Keys whose last record is not their newest. */
  get astray(): { key: string; last: number; newest: number; record: SourceRecord | undefined }[] {
    return [...this.ends].flatMap(([key, { last, newest, record }]) => (last < newest ? [{ key, last, newest, record }] : []));
  }
}

/** A key's bytes as text. */
export const keyOf = ({ key }: Pick<SourceRecord, 'key'>): string => key?.toString('latin1') ?? '';
