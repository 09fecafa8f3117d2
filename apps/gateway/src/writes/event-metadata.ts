import type { EventAttributes } from '#app/contracts';
import { eventId } from './event-id.js';

/** The request, or the operator's command, that caused an event. */
export interface EventOrigin {
  requestId: string;
  /** Id of the API token, decimal; null without a token. */
  actor: string | null;
  traceparent: string | null;
}

/** The request and the time of an event. */
export interface EventMetadata {
  /** A text is in RFC 3339, in UTC. */
  at: Date | string;
  request: EventOrigin;
}

/** The common part of every event, with a new id. */
export const eventAttributes = ({ at, request }: EventMetadata): EventAttributes => ({
  id: eventId(),
  time: typeof at === 'string' ? at : at.toISOString(),
  correlationId: request.requestId,
  actor: request.actor,
  traceparent: request.traceparent,
});
