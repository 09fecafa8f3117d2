import type { FeedRecord } from './feed-record.js';

const MOST = 500;
/** A page that opens gets all of them at once: well below what is sent to a page before it counts as one that reads nothing. */
const MOST_CHARACTERS = 2 * 1024 * 1024;

/** The newest records, oldest first; at least one, however large. */
export class RecentRecords {
  private readonly kept: { record: FeedRecord; size: number }[] = [];
  private size = 0;

  get all(): readonly FeedRecord[] {
    return this.kept.map(({ record }) => record);
  }

  /** @returns false where it is among them already */
  add(record: FeedRecord): boolean {
    if (this.kept.some(({ record: { place } }) => place === record.place)) return false;
    const size = JSON.stringify(record).length;
    this.kept.push({ record, size });
    this.size += size;
    while (this.kept.length > MOST || (this.size > MOST_CHARACTERS && this.kept.length > 1)) this.size -= this.kept.shift()!.size;
    return true;
  }
}
