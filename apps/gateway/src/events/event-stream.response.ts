import { EVENT_EXAMPLES, EVENTS } from '#app/contracts';
import Type from 'typebox';
import { streamedEvent } from './streamed-event.js';

/** One event of the stream, line by line. */
export const EventStreamSchema = Type.Object(
  {
    id: Type.String({ description: 'An opaque cursor, for `Last-Event-ID`.' }),
    event: Type.Enum(Object.keys(EVENTS), { type: 'string', description: 'Name of the event.' }),
    data: Type.String({
      contentMediaType: 'application/json',
      description:
        'An object of `id`, `type`, `time`, `subject`, `version`, `correlation_id` and `data`, which is as the AsyncAPI document has it, without `credential`.',
    }),
  },
  {
    title: 'StreamedEvent',
    description: 'A server-sent event. A comment line comes each 15 seconds, and an id alone is no event.',
  },
);

const { name: event, lines } = streamedEvent(EVENT_EXAMPLES.ContactDeleted);

/** An example event for the document. */
export const STREAM_EXAMPLE = { id: 'MS4wLjE4', event, data: lines.slice(lines.indexOf('{')).trimEnd() };
