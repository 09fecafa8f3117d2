import type { TopicFacts } from '#app/contracts';

/** The settings of this deployment's topics. */
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
