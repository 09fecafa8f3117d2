import { defineEntity, p } from '@mikro-orm/postgresql';
import { Tag } from '../tags/tag.entity.js';
import { textColumns } from '../wire/columns.js';
import { CONTACT_BODY_FIELDS } from './contact.fields.js';
import { Membership } from './membership.entity.js';

const ContactSchema = defineEntity({
  name: 'Contact',
  tableName: 'contact',
  properties: {
    id: p.bigint('number').primary(),
    version: p.bigint('number'),
    /** Version of the login; it outlives a removed login, so that a new login continues from it. */
    loginVersion: p.bigint('number'),
    hasPortalLogin: p.boolean(),
    ...textColumns(CONTACT_BODY_FIELDS),
    emailKey: p.text().nullable(),
    createdAt: p.datetime(),
    updatedAt: p.datetime(),
    /** The database's clock when the row was read: the time of a change under its lock. */
    lockedAt: p.datetime().formula('clock_timestamp()').persist(false),
    memberships: () => p.oneToMany(Membership).mappedBy('contact').orderBy({ position: 'asc' }).orphanRemoval(),
    tags: () => p.manyToMany(Tag).pivotTable('contact_tag').joinColumn('contact_id').inverseJoinColumn('tag_id'),
  },
});

/** A person at one or more companies. */
export class Contact extends ContactSchema.class {
  /** Time of a change under the lock: the database's clock, and never before the last change. */
  changeTime(): Date {
    return this.lockedAt.getTime() > this.updatedAt.getTime() ? this.lockedAt : this.updatedAt;
  }
}

ContactSchema.setClass(Contact);
