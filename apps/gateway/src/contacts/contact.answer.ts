import { ContactSchema as ContactOfEvents, type ContactSnapshot } from '#app/contracts';
import type { FastifyReply } from 'fastify';
import Type from 'typebox';
import { notYet, PREVIEWED_TAGS } from '../tags/tag.response.js';
import { answered } from '../wire/answered.js';
import { previewedEvents, type EventPreview } from '../writes/event-preview.js';
import type { WrittenContact } from './written-contact.js';

/** A contact as answers show it. */
export const ContactSchema = answered(ContactOfEvents);

/** A contact as a dry run shows it. */
export const PreviewedContactSchema = Type.Object(
  {
    ...ContactSchema.properties,
    id: notYet(ContactSchema.properties.id, 'Contact id'),
    tags: PREVIEWED_TAGS,
  },
  { title: 'PreviewedContact', description: 'A contact as it would be.' },
);

/** The body of an answer that shows a contact. */
export const ContactAnswerSchema = Type.Object({ data: ContactSchema }, { title: 'ContactAnswer' });

/** The body of a dry run's answer. */
const ContactPreviewSchema = Type.Object(
  { data: PreviewedContactSchema, events: previewedEvents },
  { title: 'ContactPreview', description: 'What a dry run answers: nothing was stored.' },
);

/** The body that a write of a contact answers. */
export const WrittenContactSchema = Type.Union([ContactAnswerSchema, ContactPreviewSchema], {
  title: 'WrittenContact',
  description: 'The contact; of a dry run the contact as it would be, and the events that would follow.',
});

/** A contact as an answer's body. */
export interface ContactAnswer {
  data: ContactSnapshot;
  /** The events of a dry run. */
  events?: EventPreview[];
}

/** Answers with a contact, and the versions of contact and login in headers. */
export function answerContact(reply: FastifyReply, { contact, loginVersion, events }: WrittenContact): ContactAnswer {
  void reply.header('etag', `"${contact.version}"`);
  return answerWrite(reply, { loginVersion, events }, { data: contact });
}

/** Sets the headers of every write of a contact. */
export function answerWrite<Body extends object>(
  reply: FastifyReply,
  { loginVersion, events }: { loginVersion: number; events?: EventPreview[] | undefined },
  body: Body,
): Body & { events?: EventPreview[] } {
  if (loginVersion > 0) void reply.header('portal-login-version', String(loginVersion));
  if (!events) return body;
  void reply.header('preference-applied', 'dry-run');
  return { ...body, events };
}
