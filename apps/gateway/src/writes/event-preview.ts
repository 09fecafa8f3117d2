import { entityIdOf, EVENTS, isCompanyEvent, subjectOfEvent, type ContactSyncEvent, type EventName } from '#app/contracts';
import type { OutboxDraft } from '#app/messaging';
import Type from 'typebox';
import { mapOf, nullable } from '../wire/schemas.js';

/** An event that a write would cause, without values that exist only after the write. */
export interface EventPreview {
  type: EventName;
  /** Null if the contact or company has no id yet. */
  subject: string | null;
  version: number;
  /** Absent if the caller may not read the contact. */
  data?: Record<string, unknown>;
}

/** An {@link EventPreview} as answers show it. */
const EventPreviewSchema = Type.Object(
  {
    type: Type.Enum(Object.keys(EVENTS), { type: 'string', description: 'Name of the event.' }),
    subject: nullable(
      Type.String(),
      'The contact or company: `contacts/123`, `companies/456`; null where it has no id yet.',
      'contacts/123',
    ),
    version: Type.Integer({
      minimum: 1,
      description: 'Version after the change: of the contact, of the company, or of the login.',
    }),
    data: Type.Optional(
      mapOf(Type.Unknown(), {
        description:
          "The event's data as the AsyncAPI document has it, without `credential` and `position`; ids not yet given are null. " +
          'Absent for another contact than the one written, where the token lacks `contacts:read`.',
      }),
    ),
  },
  { title: 'EventPreview', description: 'An event that a write would lead to.' },
);

/** The events of a dry run's answer. */
export const previewedEvents = Type.Array(EventPreviewSchema, { description: 'The events that would follow, in their order.' });

/** Ids that a dry run makes up are below 1; answers show null for them. */
export const isMadeUp = (id: unknown): boolean => (typeof id === 'number' || typeof id === 'string') && Number(id) < 1;

/** Events as a dry run shows them: no credential, no position, and data only if it may be shown. */
export const previewOf = (events: readonly ContactSyncEvent[], mayShow: (event: ContactSyncEvent) => boolean): EventPreview[] =>
  events.map((event) => {
    const { name, data } = event;
    const { credential: _credential, position: _position, ...shown } = data as unknown as Record<string, unknown>;
    const subject = isMadeUp(entityIdOf(event)) ? null : subjectOfEvent(event);
    return { type: name, subject, version: data.version, ...(mayShow(event) ? { data: shown } : {}) };
  });

/** The events among the drafts: no tombstones. */
export const eventsAmong = (drafts: readonly OutboxDraft[]): ContactSyncEvent[] =>
  drafts.map((draft) => (typeof draft === 'function' ? draft(0) : draft)).filter((draft) => 'name' in draft);

/** Whether an event is about another contact than the one that is written. */
export const isOfOtherContact = (event: ContactSyncEvent, contactId: number | null): boolean =>
  !isCompanyEvent(event) && entityIdOf(event) !== contactId;

/** The same value with null for every made-up id. */
export function withoutMadeUpIds<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (name, field: unknown) => (/^((contact|company)_)?id$/.test(name) && isMadeUp(field) ? null : field)),
  ) as T;
}
