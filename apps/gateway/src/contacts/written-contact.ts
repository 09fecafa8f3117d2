import type { ContactSnapshot } from '#app/contracts';
import type { EventPreview } from '../writes/event-preview.js';

/** The contact after a command. */
export interface WrittenContact {
  contact: ContactSnapshot;
  /** Version of the login after the write, also after a removal; 0 if there never was one. */
  loginVersion: number;
  /** The events of a dry run. */
  events?: EventPreview[];
}

/** Id of the contact in a result. */
export const shownContact = ({ contact }: WrittenContact): number => Number(contact.id);
