import { Command } from '@nestjs/cqrs';
import type { ContactSnapshot } from '@app/contracts';
import type { RequestMeta } from '../../http/request-meta.js';
import type { Refusals } from '../contact.errors.js';
import type { ContactPatch } from '../contact.patch.js';

/** A contact as a command left it. */
export interface WrittenContact {
  contact: ContactSnapshot;
  /** Version of the login after the write, a removal's included; 0 where there never was one. */
  loginVersion: number;
}

/** Change a contact. */
export class UpdateContactCommand extends Command<WrittenContact> {
  constructor(
    readonly contactId: number,
    readonly patch: ContactPatch,
    /** What is already known to be wrong with the request's form: it is refused, with what the database adds. */
    readonly formErrors: Refusals,
    readonly request: RequestMeta,
  ) {
    super();
  }
}
