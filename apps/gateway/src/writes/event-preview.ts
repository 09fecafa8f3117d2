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

/** An event of a dry run, until it is known what its caller may see. */
export interface RecordedPreview {
  /** The contact that the event is about; null for a company's. */
  contactId: number | null;
  preview: EventPreview;
}

/** An event as a dry run shows it: no credential, no position, and null for made-up ids. */
export const previewOf = (event: ContactSyncEvent): RecordedPreview => {
  const { name, data } = event;
  const { credential: _credential, position: _position, ...shown } = data as unknown as Record<string, unknown>;
  const id = entityIdOf(event);
  const subject = isMadeUp(id) ? null : subjectOfEvent(event);
  const preview = { type: name, subject, version: data.version, data: withoutMadeUpIds(shown) };
  return { contactId: isCompanyEvent(event) ? null : id, preview };
};

/** An event as one who may not read contacts sees it: without the data of another contact than the one that is written. */
export const hidingOthers = ({ contactId, preview }: RecordedPreview, written: number | null): EventPreview => {
  if (contactId === null || contactId === written) return preview;
  const { data: _data, ...shown } = preview;
  return shown;
};

/** The events among the drafts: no tombstones. */
export const eventsAmong = (drafts: readonly OutboxDraft[]): ContactSyncEvent[] =>
  drafts.map((draft) => (typeof draft === 'function' ? draft(0) : draft)).filter((draft) => 'name' in draft);

/** The same value with null for every made-up id. */
export function withoutMadeUpIds<T>(value: T): T {
  return JSON.parse(
    JSON.stringify(value, (name, field: unknown) => (/^((contact|company)_)?id$/.test(name) && isMadeUp(field) ? null : field)),
  ) as T;
}
