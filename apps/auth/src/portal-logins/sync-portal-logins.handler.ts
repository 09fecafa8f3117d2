import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { storeOffset } from '@app/messaging';
import { inTransaction } from '@app/postgres';
import { Credentials } from './credentials.js';
import { LockedLogins } from './locked-logins.js';
import type { ChangedLogin, LoginChange } from './login-change.js';
import { LoginWatch } from './login-watch.js';
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
    private readonly watch: LoginWatch,
  ) {}

  async execute(command: SyncPortalLoginsCommand): Promise<void> {
    await this.requireReadable(command.changes);
    const applied = await this.apply(command);
    this.watch.applied(applied);
    for (const { eventId, contactId, version, ...change } of applied) {
      const requestId = change.kind === 'changed' ? change.requestId : undefined;
      this.logger.log({ msg: 'Portal login applied.', eventId, requestId, contactId, version });
    }
  }

  /** Opens each credential that would be applied, once and in memory, as a check: the sealed form is what is stored. */
  private async requireReadable(changes: readonly LoginChange[]): Promise<void> {
    const contactIds = [...new Set(changes.map(({ contactId }) => contactId))];
    const rows = await this.em.fork().find(PortalLogin, { contactId: { $in: contactIds } });
    const known = new Map(rows.map((row) => [row.contactId, row]));
    const isNews = (change: ChangedLogin): boolean => {
      const row = known.get(change.contactId);
      return !row || change.version > row.version || (change.version === row.version && row.lacksCredential);
    };
    const news = changes.filter((change) => change.kind === 'changed').filter(isNews);
    await Promise.all(news.map((change) => this.requireOpening(change)));
  }

  private async requireOpening({ contactId, credential }: ChangedLogin): Promise<void> {
    if (credential !== null) await this.credentials.open(contactId, credential);
  }

  private async apply(command: SyncPortalLoginsCommand): Promise<LoginChange[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTransaction(this.em, (em) => applyIn(em, command));
      } catch (error) {
        if (attempt === RACE_ATTEMPTS || !isLoginRace(error)) throw error;
      }
    }
  }
}

async function applyIn(em: EntityManager, { changes, position }: SyncPortalLoginsCommand): Promise<LoginChange[]> {
  const logins = new LockedLogins(await lockTouched(em, changes));
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
