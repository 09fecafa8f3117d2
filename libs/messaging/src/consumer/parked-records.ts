import type { EntityManager } from '@mikro-orm/postgresql';
import { query } from '#app/postgres';
import type { TopicPartition } from './dead-letters.js';

/**
 * Records that an operator has given up: where a partition would stop at one, it goes to the dead letters instead.
 * A record that can be applied is applied, whatever is noted here.
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
