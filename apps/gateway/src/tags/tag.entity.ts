import { defineEntity, p } from '@mikro-orm/postgresql';

const TagSchema = defineEntity({
  name: 'Tag',
  tableName: 'tag',
  properties: {
    id: p.bigint('number').primary(),
    name: p.text(),
    nameKey: p.text(),
    description: p.text().nullable(),
    icon: p.text().nullable(),
    color: p.text().nullable(),
  },
});

/** A tag, found by its name without case and shown in its first spelling. */
export class Tag extends TagSchema.class {}

TagSchema.setClass(Tag);
