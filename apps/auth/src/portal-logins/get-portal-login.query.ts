import { Query } from '@nestjs/cqrs';

/** What the auth app holds of a login; `login` is null where there is none. */
export interface HeldLogin {
  /** Whether what is held is at the version asked for, or above. */
  isCurrent: boolean;
  login: { contactId: number; email: string | null; version: number; syncedAt: Date } | null;
}

/** Read a login, after waiting for a version of it where one is asked for. */
export class GetPortalLoginQuery extends Query<HeldLogin> {
  constructor(
    readonly contactId: number,
    /** Undefined: whatever is held now. */
    readonly minVersion: number | undefined,
    readonly waitMs: number,
  ) {
    super();
  }
}
