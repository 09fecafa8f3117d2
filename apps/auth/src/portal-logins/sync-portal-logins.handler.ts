import { Logger } from '@nestjs/common';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { storeOffset, type BatchEnd } from '#app/messaging';
import { CredentialChecks } from './credential-checks.js';
import { Credentials } from './credentials.js';
import { LoginFollowUp } from './login-follow-up.js';
import type { LoginRecord } from './login-record.js';
import { lockTouched, LoginStore, writeLogins, type KnownVersion } from './login.store.js';
import { VersionWaiter } from './version-waiter.js';
import { isLoginRace } from './portal-login.errors.js';
import { SyncPortalLoginsCommand } from './sync-portal-logins.command.js';

const RACE_ATTEMPTS = 5;
/**
 * In a batch up to this size credentials are opened while the rows are locked, and only those that are not stored; in a larger one before,
 * so that no lock lasts long. Each login of a small batch has its own line in the log.
 */
const SMALL_BATCH = 16;

@CommandHandler(SyncPortalLoginsCommand)
export class SyncPortalLoginsHandler implements ICommandHandler<SyncPortalLoginsCommand> {
  private readonly logger = new Logger(SyncPortalLoginsHandler.name);

  constructor(
    private readonly store: LoginStore,
    private readonly credentials: Credentials,
    private readonly waiter: VersionWaiter,
    private readonly followUp: LoginFollowUp,
  ) {}

  async execute({ records, position }: SyncPortalLoginsCommand): Promise<void> {
    const isSmall = records.length <= SMALL_BATCH;
    const news = isSmall ? records : await this.newsAmong(records);
    const checks = new CredentialChecks(this.credentials);
    if (!isSmall) await checks.require(news);
    const applied = await this.apply(news, position, checks);
    this.waiter.applied(applied);
    this.logApplied(applied);
  }

  /** One line for each login, or for a large batch one line in all: a replay writes thousands a second. */
  private logApplied(applied: readonly LoginRecord[]): void {
    const logins = applied.map(({ eventId, contactId, version, ...record }) => {
      const { requestId, traceId } = record.kind === 'state' ? record : { requestId: undefined, traceId: undefined };
      return { eventId, requestId, trace_id: traceId, contactId, version };
    });
    if (logins.length > SMALL_BATCH) this.logger.log({ msg: 'Portal logins applied.', logins });
    else for (const login of logins) this.logger.log({ msg: 'Portal login applied.', ...login });
  }

  /** Leaves out known versions: versions only grow, so a known one stays known. */
  private async newsAmong(records: readonly LoginRecord[]): Promise<LoginRecord[]> {
    const known = await this.store.versionsOf([...new Set(records.map(({ contactId }) => contactId))]);
    return records.filter((record) => isNews(record, known.get(record.contactId)));
  }

  private async apply(news: readonly LoginRecord[], position: BatchEnd, checks: CredentialChecks): Promise<LoginRecord[]> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.applyOnce(news, position, checks);
      } catch (error) {
        if (attempt === RACE_ATTEMPTS || !isLoginRace(error)) throw error;
      }
    }
  }

  private applyOnce(records: readonly LoginRecord[], position: BatchEnd, checks: CredentialChecks): Promise<LoginRecord[]> {
    return this.store.statements.transaction(async (transaction) => {
      const logins = await lockTouched(transaction, records);
      await checks.require(
        records.filter((record) => isNews(record, logins.knownVersion(record.contactId))),
        (contactId) => logins.knownVersion(contactId)?.credential,
      );
      const now = new Date();
      const applied = records.filter((record) => logins.apply(record, now));
      await writeLogins(transaction, logins);
      await storeOffset(transaction, position);
      await this.followUp.applied(transaction, applied);
      return applied;
    });
  }
}

const isNews = ({ version }: LoginRecord, known: KnownVersion | undefined): boolean =>
  !known || version > known.version || (version === known.version && known.lacksCredential);
