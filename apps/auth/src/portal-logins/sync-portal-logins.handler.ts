import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { storeOffset, type BatchPosition } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import { Credentials } from './credentials.js';
import { LockedLogins } from './locked-logins.js';
import type { LoginChange } from './login-change.js';
import { VersionWaiter } from './version-waiter.js';
import { PortalLogin } from './portal-login.entity.js';
import { isLoginRace } from './portal-login.errors.js';
import { SyncPortalLoginsCommand } from './sync-portal-logins.command.js';

const RACE_ATTEMPTS = 5;

@CommandHandler(SyncPortalLoginsCommand)
export class SyncPortalLoginsHandler implements ICommandHandler<SyncPortalLoginsCommand> {
  private readonly logger = new Logger(SyncPortalLoginsHandler.name);

  constructor(
    private readonly em: EntityManager,
    private readonly credentials: Credentials,
    private readonly watch: VersionWaiter,
  ) {}

  async execute({ changes, position }: SyncPortalLoginsCommand): Promise<void> {
    const news = await this.newsAmong(changes);
    await Promise.all(news.map((change) => this.requireOpening(change)));
    const applied = await this.apply(news, position);
    this.watch.applied(applied);
    for (const { eventId, contactId, version, ...change } of applied) {
      const requestId = change.kind === 'changed' ? change.requestId : undefined;
      this.logger.log({ msg: 'Portal login applied.', eventId, requestId, contactId, version });
    }
  }

  /** Leaves out what is known already: versions only grow, so it stays so. */
  private async newsAmong(changes: readonly LoginChange[]): Promise<LoginChange[]> {
    const contactIds = [...new Set(changes.map(({ contactId }) => contactId))];
    const rows = await this.em.fork().find(PortalLogin, { contactId: { $in: contactIds } }, { disableIdentityMap: true });
    const known = new Map(rows.map((row) => [row.contactId, row]));
    return changes.filter(({ contactId, version }) => {
      const row = known.get(contactId);
      return !row || version > row.version || (version === row.version && row.lacksCredential);
    });
  }

  /** Opens a credential once and in memory, as a check: the sealed form is what is stored. */
  private async requireOpening(change: LoginChange): Promise<void> {
    if (change.kind === 'tombstone' || change.credential === null) return;
    await this.credentials.open(change.contactId, change.credential);
  }

  private async apply(news: readonly LoginChange[], position: BatchPosition): Promise<LoginChange[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTransaction(this.em, (em) => applyIn(em, news, position));
      } catch (error) {
        if (attempt === RACE_ATTEMPTS || !isLoginRace(error)) throw error;
      }
    }
  }
}

async function applyIn(em: EntityManager, changes: readonly LoginChange[], position: BatchPosition): Promise<LoginChange[]> {
  const logins = new LockedLogins(changes.length === 0 ? [] : await lockTouched(em, changes));
  const now = new Date();
  const applied = changes.filter((change) => logins.apply(change, now));
  em.persist(logins.added);
  await em.flush();
  await storeOffset(em, position);
  return applied;
}

/** Locked in one order by every consumer, so that two of them cannot wait for each other. */
function lockTouched(em: EntityManager, changes: readonly LoginChange[]): Promise<PortalLogin[]> {
  const contactIds = [...new Set(changes.map(({ contactId }) => contactId))];
  const emailKeys = changes.flatMap((change) => (change.kind === 'changed' && change.emailKey !== null ? [change.emailKey] : []));
  return em.find(
    PortalLogin,
    { $or: [{ contactId: { $in: contactIds } }, { emailKey: { $in: [...new Set(emailKeys)] } }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { contactId: 'asc' } },
  );
}
