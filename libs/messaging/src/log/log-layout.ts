/** Of each partition the offset of the next record to read, by the slots of a {@link LogLayout}. */
export type LogPosition = number[];

/** Topics and how many partitions each has: gives every partition a slot, a number from 0 on without a gap. */
export class LogLayout {
  private readonly first: number[];
  /** Number of slots. */
  readonly size: number;

  constructor(
    readonly topics: readonly string[],
    readonly partitions: readonly number[],
  ) {
    this.first = partitions.map((_, index) => partitions.slice(0, index).reduce((sum, count) => sum + count, 0));
    this.size = partitions.reduce((sum, count) => sum + count, 0);
  }

  equals(other: LogLayout): boolean {
    return this.topics.join() === other.topics.join() && this.partitions.join() === other.partitions.join();
  }

  slotOf(topic: string, partition: number): number {
    return this.first[this.topics.indexOf(topic)]! + partition;
  }

  topicOf(slot: number): string {
    return this.topics.findLast((_, index) => this.first[index]! <= slot)!;
  }

  /** The partition of its topic that a slot stands for. */
  partitionOf(slot: number): number {
    return slot - this.slotOf(this.topicOf(slot), 0);
  }

  /** All slots. */
  get slots(): number[] {
    return Array.from({ length: this.size }, (_, slot) => slot);
  }

  /** The slots of one topic. */
  slotsOf(topic: string): number[] {
    const index = this.topics.indexOf(topic);
    return Array.from({ length: this.partitions[index]! }, (_, partition) => this.first[index]! + partition);
  }
}
