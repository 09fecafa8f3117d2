/** The offset of the next record of each partition, by the partition indexes of a {@link LogLayout}. */
export type LogPosition = number[];

/** Topics and their partition counts. Numbers all partitions of all topics from 0 on, without gaps: the partition index. */
export class LogLayout {
  private readonly first: number[];
  /** Number of partition indexes. */
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

  /** Whether a topic of both has fewer partitions here. */
  lacksPartitionsOf(other: LogLayout): boolean {
    return this.topics.some((topic) => other.topics.includes(topic) && this.countOf(topic) < other.countOf(topic));
  }

  partitionIndexOf(topic: string, partition: number): number {
    return this.first[this.topics.indexOf(topic)]! + partition;
  }

  topicOf(partitionIndex: number): string {
    return this.topics.findLast((_, index) => this.first[index]! <= partitionIndex)!;
  }

  /** The number of a partition within its topic. */
  partitionOf(partitionIndex: number): number {
    return partitionIndex - this.partitionIndexOf(this.topicOf(partitionIndex), 0);
  }

  get partitionIndexes(): number[] {
    return Array.from({ length: this.size }, (_, partitionIndex) => partitionIndex);
  }

  /**
   * A position of another layout in this one.
   * @param added where a partition begins that the other layout lacks, by its partition index
   */
  carryOver(other: LogLayout, position: Readonly<LogPosition>, added: (partitionIndex: number) => number): LogPosition {
    return this.partitionIndexes.map((partitionIndex) => {
      const topic = this.topicOf(partitionIndex);
      const known = other.topics.includes(topic) ? other.partitionIndexesOf(topic)[this.partitionOf(partitionIndex)] : undefined;
      return known === undefined ? added(partitionIndex) : position[known]!;
    });
  }

  /** The partition indexes of one topic. */
  partitionIndexesOf(topic: string): number[] {
    return Array.from({ length: this.countOf(topic) }, (_, partition) => this.partitionIndexOf(topic, partition));
  }

  private countOf(topic: string): number {
    return this.partitions[this.topics.indexOf(topic)]!;
  }
}
