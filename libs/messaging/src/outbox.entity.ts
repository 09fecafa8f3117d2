import { defineEntity, p } from '@mikro-orm/postgresql';

const OutboxRowSchema = defineEntity({
  name: 'OutboxRow',
  tableName: 'outbox',
  properties: {
    id: p.bigint('number').primary(),
    topic: p.text(),
    key: p.text(),
    headers: p.json<Record<string, string>>(),
    payload: p.text().nullable(),
  },
});

/** A record that waits to be published; its id gives the order. Published rows are deleted. */
export class OutboxRow extends OutboxRowSchema.class {}

OutboxRowSchema.setClass(OutboxRow);
