import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { emailKeyOf } from '../contact.patch.js';
import { query } from '#app/postgres';
import { permitsCreation } from '../../writes/version-condition.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import type { WriteUnit } from '../../writes/write-unit.js';
import { lockName } from '../../writes/write-waits.js';
import { Writes } from '../../writes/writes.js';
import { commonErrors } from '../common-errors.js';
import { contactErrorOf, ContactsShareEmail, EmailMoved, translateEmailConflict } from '../contact.errors.js';
import { createContact, drawContactId, assertCreatable, creationLocks } from '../create/contact-creation.js';
import { PasswordHasher } from '../password.hasher.js';
import { applyAlone, concernedCompanies } from '../update/apply-alone.js';
import { assertUpdatable } from '../update/assert-updatable.js';
import { WeakPasswords } from '../weak-passwords.js';
import { shownContact } from '../written-contact.js';
import { UpsertContactCommand, type UpsertedContact } from './upsert-contact.command.js';

const ATTEMPTS = 4;
/** Most contacts with one email that an error names. */
const MAX_NAMED = 100;

/** The contact that a credential is sealed for: an existing one or a new one. */
interface Target {
  contactId: number;
  exists: boolean;
}

@CommandHandler(UpsertContactCommand)
export class UpsertContactHandler implements ICommandHandler<UpsertContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly writes: Writes,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
  ) {}

  async execute(command: UpsertContactCommand): Promise<UpsertedContact> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(command);
      } catch (error) {
        if (attempt === ATTEMPTS || !(error instanceof EmailMoved)) throw error;
        command.request.deadline.assertNotOver();
      }
    }
  }

  private async attempt(command: UpsertContactCommand): Promise<UpsertedContact> {
    const { patch, request } = command;
    const em = this.em.fork();
    const [contactId] = await findTarget(em, command, this.weakPasswords);
    const exists = contactId !== undefined;
    const target: Target = { contactId: contactId ?? (await drawContactId(em, request)), exists };
    const credential = await this.hasher.sealFor(target.contactId, patch, request);
    const work = (unit: WriteUnit) => upsert(unit, command, target, credential);
    const locks = {
      ...(exists ? { companies: await concernedCompanies(em, { contactId: target.contactId, patch }) } : creationLocks(patch)),
      contact: target.contactId,
      email: emailKeyOf(patch.email!)!,
    };
    const options = { contactOf: shownContact, locks };
    return this.writes.run(request, work, options).catch(translateEmailConflict);
  }
}

/** Checks what can fail before a password is hashed. @returns ids of the contacts that have the email */
async function findTarget(em: EntityManager, command: UpsertContactCommand, weakPasswords: WeakPasswords): Promise<number[]> {
  const { patch, creationErrors } = command;
  const { condition } = command.request;
  const formErrors = { ...weakPasswords.errorsOf(patch, patch.email), ...command.formErrors };
  if (patch.email == null) throw contactErrorOf({ ...(await commonErrors(em, patch)), ...formErrors });
  const expectedEmailKey = emailKeyOf(patch.email)!;
  const found = await contactsWithEmail(em, expectedEmailKey);
  if (found.length === 0) {
    await assertCreatable(em, { patch, formErrors: { ...formErrors, ...creationErrors } });
    if (condition && !permitsCreation(condition)) throw new VersionMismatch();
    return found;
  }
  if (found.length > 1) {
    const errors = { ...(await commonErrors(em, patch)), ...formErrors };
    if (Object.keys(errors).length > 0) throw contactErrorOf(errors);
    throw new ContactsShareEmail(found);
  }
  await assertUpdatable(em, { contactId: found[0]!, patch, formErrors, condition, weakPasswords, expectedEmailKey });
  return found;
}

async function upsert(
  unit: WriteUnit,
  { patch, formErrors, creationErrors, request }: UpsertContactCommand,
  { contactId, exists }: Target,
  credential: string | undefined,
): Promise<UpsertedContact> {
  const emailKey = emailKeyOf(patch.email!)!;
  // Of two upserts with one new email the second waits, and then finds the first one's contact.
  await lockName(unit.em, `upsert ${emailKey}`);
  const found = await contactsWithEmail(unit.em, emailKey);
  if (found.length > 1) throw new ContactsShareEmail(found);
  if (exists ? found[0] !== contactId : found.length > 0) throw new EmailMoved();
  const job = { contactId, patch, request, credential };
  const written = exists
    ? await applyAlone(unit, { ...job, expectedEmailKey: emailKey })
    : await createContact(unit, { ...job, formErrors: { ...formErrors, ...creationErrors } });
  return { ...written, created: !exists };
}

async function contactsWithEmail(em: EntityManager, emailKey: string): Promise<number[]> {
  const text = `select id from contact where email_key = $1 order by id limit ${MAX_NAMED}`;
  return (await query<{ id: string }>(em, text, [emailKey])).map(({ id }) => Number(id));
}
