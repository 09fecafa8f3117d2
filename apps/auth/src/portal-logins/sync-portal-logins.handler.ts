import { EntityManager, LockMode } from '@mikro-orm/postgresql';
import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { storeOffset, type BatchPosition } from '#app/messaging';
import { inTransaction } from '#app/postgres';
import { Credentials } from './credentials.js';
import { LoginFollowUp } from './login-follow-up.js';
import { LockedLogins } from './locked-logins.js';
import type { LoginRecord } from './login-record.js';
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
    private readonly waiter: VersionWaiter,
    private readonly followUp: LoginFollowUp,
  ) {}

  async execute({ records, position }: SyncPortalLoginsCommand): Promise<void> {
    const news = await this.newsAmong(records);
    await Promise.all(news.map((record) => this.requireOpening(record)));
    const applied = await this.apply(news, position);
    this.waiter.applied(applied);
    for (const { eventId, contactId, version, ...record } of applied) {
      const { requestId, traceId } = record.kind === 'state' ? record : { requestId: undefined, traceId: undefined };
      this.logger.log({ msg: 'Portal login applied.', eventId, requestId, trace_id: traceId, contactId, version });
    }
  }

  /** Leaves out known versions: versions only grow, so a known one stays known. */
  private async newsAmong(records: readonly LoginRecord[]): Promise<LoginRecord[]> {
    const contactIds = [...new Set(records.map(({ contactId }) => contactId))];
    const rows = await this.em.fork().find(PortalLogin, { contactId: { $in: contactIds } }, { disableIdentityMap: true });
    const known = new Map(rows.map((row) => [row.contactId, row]));
    return records.filter(({ contactId, version }) => {
      const row = known.get(contactId);
      return !row || version > row.version || (version === row.version && row.lacksCredential);
    });
  }

  /** Opens a credential once, in memory, as a check: the sealed form is stored. */
  private async requireOpening(record: LoginRecord): Promise<void> {
    if (record.kind === 'tombstone' || record.credential === null) return;
    await this.credentials.open(record.contactId, record.credential);
  }

  private async apply(news: readonly LoginRecord[], position: BatchPosition): Promise<LoginRecord[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await inTransaction(this.em, async (em) => {
          const applied = await applyIn(em, news, position);
          await this.followUp.applied(em, applied);
          return applied;
        });
      } catch (error) {
        if (attempt === RACE_ATTEMPTS || !isLoginRace(error)) throw error;
      }
    }
  }
}

async function applyIn(em: EntityManager, records: readonly LoginRecord[], position: BatchPosition): Promise<LoginRecord[]> {
  const logins = new LockedLogins(records.length === 0 ? [] : await lockTouched(em, records));
  const now = new Date();
  const applied = records.filter((record) => logins.apply(record, now));
  em.persist(logins.added);
  await em.flush();
  await storeOffset(em, position);
  return applied;
}

/** Every consumer locks in one order, so that two of them cannot deadlock. */
function lockTouched(em: EntityManager, records: readonly LoginRecord[]): Promise<PortalLogin[]> {
  const contactIds = [...new Set(records.map(({ contactId }) => contactId))];
  const emailKeys = records.flatMap((record) => (record.kind === 'state' && record.emailKey !== null ? [record.emailKey] : []));
  return em.find(
    PortalLogin,
    { $or: [{ contactId: { $in: contactIds } }, { emailKey: { $in: [...new Set(emailKeys)] } }] },
    { lockMode: LockMode.PESSIMISTIC_WRITE, orderBy: { contactId: 'asc' } },
  );
}
