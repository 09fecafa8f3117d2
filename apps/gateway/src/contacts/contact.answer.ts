import type { ContactSnapshot } from '@app/contracts';
import type { FastifyReply } from 'fastify';
import type { EventPreview } from '../writes/event-preview.js';
import type { WrittenContact } from './written-contact.js';

/** A contact as an answer's body. */
export interface ContactAnswer {
  data: ContactSnapshot;
  /** Of a dry run: the events that would follow. */
  events?: EventPreview[];
}

/** Answers with a contact, its version and that of its login in the headers. */
export function answerContact(reply: FastifyReply, { contact, loginVersion, events }: WrittenContact): ContactAnswer {
  void reply.header('ETag', `"${contact.version}"`);
  return answerWrite(reply, { loginVersion, events }, { data: contact });
}

/** Adds to an answer what every write of a contact says. */
export function answerWrite<Body extends object>(
  reply: FastifyReply,
  { loginVersion, events }: { loginVersion: number; events?: EventPreview[] | undefined },
  body: Body,
): Body & { events?: EventPreview[] } {
  if (loginVersion > 0) void reply.header('Portal-Login-Version', String(loginVersion));
  if (!events) return body;
  void reply.header('Preference-Applied', 'dry-run');
  return { ...body, events };
}
