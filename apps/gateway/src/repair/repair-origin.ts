import { randomUUID } from 'node:crypto';
import type { EventOrigin } from '../contacts/contact.events.js';

/** What events say of the command that led to them: no API token asked for it. */
export const repairOrigin = (command: string): EventOrigin => ({
  requestId: `${command}-${randomUUID()}`,
  actor: null,
  traceparent: null,
});
