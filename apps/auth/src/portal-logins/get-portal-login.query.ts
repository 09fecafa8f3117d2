import { EntityManager } from '@mikro-orm/postgresql';
import { Query, QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { VersionWaiter } from './version-waiter.js';
import { PortalLogin } from './portal-login.entity.js';

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

@QueryHandler(GetPortalLoginQuery)
export class GetPortalLoginHandler implements IQueryHandler<GetPortalLoginQuery> {
  constructor(
    private readonly em: EntityManager,
    private readonly watch: VersionWaiter,
  ) {}

  async execute({ contactId, minVersion, waitMs }: GetPortalLoginQuery): Promise<HeldLogin> {
    const held = await this.find(contactId, minVersion);
    if (minVersion === undefined || held.isCurrent) return held;
    await this.watch.until(contactId, minVersion, waitMs);
    return this.find(contactId, minVersion);
  }

  private async find(contactId: number, minVersion = 0): Promise<HeldLogin> {
    const row = await this.em.fork().findOne(PortalLogin, contactId);
    const isCurrent = (row?.version ?? 0) >= minVersion;
    if (!row || row.removed) return { isCurrent, login: null };
    const { version, syncedAt } = row;
    return { isCurrent, login: { contactId, email: row.email ?? null, version, syncedAt } };
  }
}
