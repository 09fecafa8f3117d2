import Type, { type Static } from 'typebox';
import { listOf } from '../wire/page.response.js';
import { mapOf, nullable, time, wholeNumber } from '../wire/schemas.js';

/** An entry of the audit trail, as answers show it. */
const AuditEntrySchema = Type.Object(
  {
    id: wholeNumber('Entry id.', 7),
    at: time('When it was done, UTC.'),
    actor: nullable(Type.String(), 'Who did it: a token by its id, or `operator`; null where nobody signed in.', 'token:7'),
    action: Type.String({ description: 'What was done.', examples: ['token.created'] }),
    target: nullable(Type.String(), 'What it was done to.', 'token:8'),
    request_id: nullable(Type.String(), 'The request that asked for it; null for a command.', 'order-4711'),
    details: mapOf(Type.Unknown(), { description: 'What else is known. No secret.', examples: [{ name: 'ERP nightly import' }] }),
  },
  { title: 'AuditEntry', description: 'What was done by whom.' },
);
export type AuditEntryAnswer = Static<typeof AuditEntrySchema>;

/** A page of the audit trail. */
export const AuditListSchema = listOf(AuditEntrySchema, 'AuditList');
