import { Controller, UseFilters } from '@nestjs/common';
import { CommandBus } from '@nestjs/cqrs';
import { Ctx, EventPattern, Payload } from '@nestjs/microservices';
import { EVENTS, loginEmailKey, type ContactSyncEvent } from '#app/contracts';
import { EventBatchContext, RethrowFilter, type EventEntry } from '#app/messaging';
import type { LoginChange } from './login-change.js';
import { UnstorableLogin } from './portal-login.errors.js';
import { SyncPortalLoginsCommand } from './sync-portal-logins.command.js';

/** The unique index takes keys up to some 2,700 bytes. */
const LONGEST_KEY_BYTES = 2_000;

/** Portal logins as the gateway tells of them. */
@Controller()
@UseFilters(RethrowFilter)
export class PortalLoginsConsumer {
  constructor(private readonly commands: CommandBus) {}

  @EventPattern<string>(EVENTS.PortalLoginChanged.type)
  async sync(@Payload() entries: EventEntry<'PortalLoginChanged'>[], @Ctx() { position }: EventBatchContext): Promise<void> {
    await this.commands.execute(new SyncPortalLoginsCommand(entries.map(changeOf), position));
  }
}

function changeOf(entry: EventEntry<'PortalLoginChanged'>): LoginChange {
  if (entry.kind === 'event') return changedLogin(entry.event, entry.deadLettered);
  const { contactId, version, id } = entry;
  return { kind: 'tombstone', eventId: id, contactId, version };
}

function changedLogin({ id, correlationId, data }: ContactSyncEvent<'PortalLoginChanged'>, isRemains: boolean): LoginChange {
  if (![data.contact_id, data.version, data.position].every(Number.isSafeInteger))
    throw new UnstorableLogin('A number is beyond 2^53.');
  const email = storableEmail(data.email, isRemains);
  return {
    kind: 'changed',
    eventId: id,
    requestId: correlationId,
    contactId: data.contact_id,
    version: data.version,
    position: data.position,
    changes: data.changes,
    removed: data.email === null,
    email,
    emailKey: email === null ? null : loginEmailKey(email),
    credential: data.email === null || isRemains ? null : data.credential,
    isRemains,
  };
}

/** The email, if the database can hold it. Of what is in the dead letters already the rest is taken without it. */
function storableEmail(email: string | null, isRemains: boolean): string | null {
  if (email === null) return null;
  const isStorable =
    email.length <= LONGEST_KEY_BYTES &&
    email.isWellFormed() &&
    !email.includes('\0') &&
    Buffer.byteLength(loginEmailKey(email)) <= LONGEST_KEY_BYTES;
  if (isStorable) return email;
  if (isRemains) return null;
  throw new UnstorableLogin('The email cannot be stored.');
}
