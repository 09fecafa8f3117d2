import { sql } from 'kysely';
import { clockTime, integer, text, type ListFields } from '../lists/list-field.js';
import type { ListSource } from '../lists/list-statement.js';

export const auditSource: ListSource = {
  from: sql`audit_entry a`,
  id: sql`a.id`,
  total: sql`(select count(*) from audit_entry)`,
};

/** The fields by which entries are filtered and sorted. */
export const AUDIT_LIST_FIELDS: ListFields = new Map([
  ['id', integer(sql`a.id`)],
  ['at', clockTime(sql`a.at`)],
  ['actor', text(sql`a.actor`)],
  ['action', text(sql`a.action`, { nullable: false })],
  ['target', text(sql`a.target`)],
  ['request_id', text(sql`a.request_id`)],
]);
