import { sql } from 'kysely';
import { clockTime, integer, text, type ListFields } from '../../lists/list-field.js';
import type { ListSource } from '../../lists/list-statement.js';

/** All tokens, revoked and expired ones too. */
export const tokenSource: ListSource = {
  from: sql`api_token t`,
  id: sql`t.id`,
  total: sql`(select count(*) from api_token)`,
};

/** The fields by which tokens are filtered and sorted. */
export const TOKEN_LIST_FIELDS: ListFields = new Map([
  ['id', integer(sql`t.id`)],
  ['name', text(sql`t.name`, { nullable: false })],
  ['created_at', clockTime(sql`t.created_at`)],
  ['expires_at', clockTime(sql`t.expires_at`, { nullable: true })],
  ['last_used_at', clockTime(sql`t.last_used_at`, { nullable: true })],
  ['revoked_at', clockTime(sql`t.revoked_at`, { nullable: true })],
  ['created_by', integer(sql`t.created_by`, { nullable: true })],
]);
