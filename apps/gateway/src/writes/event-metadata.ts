import type { EventAttributes } from '#app/contracts';
import { v7 as uuidv7 } from 'uuid';

/** What events say of the request, or the operator's command, that led to them. */
export interface EventOrigin {
  requestId: string;
  /** Id of the API token, decimal; null where no token asked for it. */
  actor: string | null;
  traceparent: string | null;
}

/** What happened when, and at whose request. */
export interface EventMetadata {
  at: Date;
  request: EventOrigin;
}

/** What every event says beside its data; with an id of its own. */
export const eventAttributes = ({ at, request }: EventMetadata): EventAttributes => ({
  id: uuidv7(),
  time: at.toISOString(),
  correlationId: request.requestId,
  actor: request.actor,
  traceparent: request.traceparent,
});
