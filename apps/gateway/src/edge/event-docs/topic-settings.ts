import type { TopicFacts } from '#app/contracts';

/** How the topics of this deployment were made. */
export class TopicSettings implements TopicFacts {
  readonly prefix: string;
  readonly partitions: number;
  readonly replicationFactor: number;

  constructor({ prefix, partitions, replicationFactor }: TopicFacts) {
    this.prefix = prefix;
    this.partitions = partitions;
    this.replicationFactor = replicationFactor;
  }
}
