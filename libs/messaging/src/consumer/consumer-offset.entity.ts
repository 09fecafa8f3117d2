import { defineEntity, p, PrimaryKeyProp } from '@mikro-orm/postgresql';

const ConsumerOffsetSchema = defineEntity({
  name: 'ConsumerOffset',
  tableName: 'consumer_offset',
  properties: {
    topic: p.text().primary(),
    partition: p.integer().primary(),
    nextOffset: p.bigint('number'),
    topicId: p.uuid().nullable(),
    failureStreak: p.integer().default(0),
  },
});

/** How far a partition is applied. It is stored with the applied changes, so that a restored database knows what it lacks. */
export class ConsumerOffset extends ConsumerOffsetSchema.class {
  declare [PrimaryKeyProp]?: ['topic', 'partition'];
}

ConsumerOffsetSchema.setClass(ConsumerOffset);
