import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import type { TopicPartition } from './dead-letters.js';

/**
 * Records that an operator has given up: a record that would stop its partition is dead-lettered instead.
 * A parked record that can be applied is applied all the same.
 */
export class ParkedRecords {
  constructor(private readonly em: EntityManager) {}

  async has({ topic, partition }: TopicPartition, offset: number): Promise<boolean> {
    const rows = await query(
      this.em.fork(),
      'select from parked_record where topic = $1 and partition = $2 and record_offset = $3',
      [topic, partition, offset],
    );
    return rows.length > 0;
  }
}
