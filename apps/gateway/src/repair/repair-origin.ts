import { randomUUID } from 'node:crypto';
import type { EventOrigin } from '../contacts/contact.events.js';

/** The event metadata of a command: no API token asked for it. */
export const repairOrigin = (command: string): EventOrigin => ({
  requestId: `${command}-${randomUUID()}`,
  actor: null,
  traceparent: null,
});
