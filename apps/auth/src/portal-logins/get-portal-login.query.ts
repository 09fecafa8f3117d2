import { Query } from '@nestjs/cqrs';

/** What the auth app holds of a login; `login` is null if there is none. */
export interface HeldLogin {
  /** Whether the login is at the version asked for, or above. */
  isCurrent: boolean;
  login: { contactId: number; email: string | null; version: number; syncedAt: Date } | null;
}

/** Waits for a version of the login if one is asked for, then reads it. */
export class GetPortalLoginQuery extends Query<HeldLogin> {
  constructor(
    readonly contactId: number,
    /** Undefined: does not wait. */
    readonly minVersion: number | undefined,
    readonly waitMs: number,
  ) {
    super();
  }
}
