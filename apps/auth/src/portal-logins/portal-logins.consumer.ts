import { Controller, UseFilters } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS, loginEmailKey, type ContactSyncEvent } from '#app/contracts';
import { EventBatchContext, RethrowFilter, type EventEntry } from '#app/messaging';
import { readTraceparent } from '#app/tracing';
import type { LoginRecord } from './login-record.js';
import { UnstorableLogin } from './portal-login.errors.js';
import { SyncDelay } from './sync-delay.js';
import { SyncPortalLoginsCommand } from './sync-portal-logins.command.js';

/** The unique index takes keys up to some 2,700 bytes. */
const LONGEST_KEY_BYTES = 2_000;

/** Consumes the gateway's events of portal logins. */
@Controller()
@UseFilters(RethrowFilter)
export class PortalLoginsConsumer {
  constructor(
    private readonly commands: CommandBus,
    private readonly delay: SyncDelay,
  ) {}

  @EventPattern<string>(EVENTS.PortalLoginChanged.type)
  async sync(@Payload() entries: EventEntry<'PortalLoginChanged'>[], @Ctx() { position }: EventBatchContext): Promise<void> {
    await this.commands.execute(new SyncPortalLoginsCommand(entries.map(recordOf), position));
    this.delay.applied(entries);
  }
}

function recordOf(entry: EventEntry<'PortalLoginChanged'>): LoginRecord {
  if (entry.kind === 'event') return stateRecord(entry.event, entry.deadLettered);
  const { contactId, version, id } = entry;
  return { kind: 'tombstone', eventId: id, contactId, version };
}

function stateRecord(
  { id, correlationId, traceparent, data }: ContactSyncEvent<'PortalLoginChanged'>,
  isSalvaged: boolean,
): LoginRecord {
  if (![data.contact_id, data.version, data.position].every(Number.isSafeInteger))
    throw new UnstorableLogin('A number is beyond 2^53.');
  const email = storableEmail(data.email, isSalvaged);
  return {
    kind: 'state',
    eventId: id,
    requestId: correlationId,
    traceId: traceparent === null ? undefined : readTraceparent(traceparent)?.traceId,
    contactId: data.contact_id,
    version: data.version,
    position: data.position,
    changes: data.changes,
    removed: data.email === null,
    email,
    emailKey: email === null ? null : loginEmailKey(email),
    credential: data.email === null || isSalvaged ? null : data.credential,
    isSalvaged,
  };
}

/** The email, if the database can hold it. The rest of a dead letter is applied without it. */
function storableEmail(email: string | null, isSalvaged: boolean): string | null {
  if (email === null) return null;
  const isStorable =
    email.length <= LONGEST_KEY_BYTES &&
    email.isWellFormed() &&
    !email.includes('\0') &&
    Buffer.byteLength(loginEmailKey(email)) <= LONGEST_KEY_BYTES;
  if (isStorable) return email;
  if (isSalvaged) return null;
  throw new UnstorableLogin('The email cannot be stored.');
}
