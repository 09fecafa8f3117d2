import type { ContactSnapshot } from '#app/contracts';
import type { EventPreview } from '../writes/event-preview.js';

/** The contact after a command. */
export interface WrittenContact {
  contact: ContactSnapshot;
  /** Version of the login after the write, also after a removal; 0 if there never was one. */
  loginVersion: number;
  /** Of an upsert: whether it created the contact. */
  created?: boolean;
  /** The events of a dry run. */
  events?: EventPreview[];
}

/** Id of the contact in a result. */
export const shownContact = ({ contact }: WrittenContact): number => Number(contact.id);

/** The result of a write that can be an upsert's. */
export const writtenBy = (
  { kind, upsertKey }: { kind: 'update' | 'creation'; upsertKey?: string | undefined },
  written: WrittenContact,
): WrittenContact => (upsertKey === undefined ? written : { ...written, created: kind === 'creation' });
