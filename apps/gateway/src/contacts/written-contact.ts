import type { ContactSnapshot } from '#app/contracts';
import type { EventPreview } from '../writes/event-preview.js';

/** A contact as a command left it. */
export interface WrittenContact {
  contact: ContactSnapshot;
  /** Version of the login after the write, a removal's included; 0 where there never was one. */
  loginVersion: number;
  /** Of a dry run: the events that would follow. */
  events?: EventPreview[];
}

/** Id of the contact that a result shows. */
export const shownContact = ({ contact }: WrittenContact): number => Number(contact.id);
