import { EntityManager } from '@mikro-orm/postgresql';
import { QueryHandler, type IQueryHandler } from '@nestjs/cqrs';
import { GetPortalLoginQuery, type HeldLogin } from './get-portal-login.query.js';
import { PortalLogin } from './portal-login.entity.js';
import { VersionWaiter } from './version-waiter.js';

@QueryHandler(GetPortalLoginQuery)
export class GetPortalLoginHandler implements IQueryHandler<GetPortalLoginQuery> {
  constructor(
    private readonly em: EntityManager,
    private readonly waiter: VersionWaiter,
  ) {}

  async execute({ contactId, minVersion, waitMs }: GetPortalLoginQuery): Promise<HeldLogin> {
    const held = await this.find(contactId, minVersion);
    if (minVersion === undefined || held.isCurrent) return held;
    await this.waiter.until(contactId, minVersion, waitMs);
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
