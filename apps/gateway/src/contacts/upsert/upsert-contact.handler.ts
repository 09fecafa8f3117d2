import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { SharedLookUps, StatementPool } from '#app/postgres';
import { ValidationFailed } from '../../wire/validation.error.js';
import { permitsCreation } from '../../writes/version-condition.js';
import { VersionMismatch } from '../../writes/write.errors.js';
import { commonErrors } from '../common-errors.js';
import { contactErrorOf, ContactsShareEmail, EmailMoved, LoginEmailTaken } from '../contact.errors.js';
import { namesUnclearText } from '../contact.identifiers.js';
import { emailKeyOf } from '../contact.patch.js';
import { assertCreatable, drawContactId } from '../create/contact-creation.js';
import { PasswordHasher } from '../password.hasher.js';
import { ContactWrites } from '../together/contact-writes.js';
import { assertUpdatable } from '../update/assert-updatable.js';
import { WeakPasswords } from '../weak-passwords.js';
import type { WrittenContact } from '../written-contact.js';
import { UpsertContactCommand } from './upsert-contact.command.js';
import { HOLDERS, idsOf, type EmailHolder } from './upserted-emails.js';

const ATTEMPTS = 4;

@CommandHandler(UpsertContactCommand)
export class UpsertContactHandler implements ICommandHandler<UpsertContactCommand> {
  private readonly holders: SharedLookUps<string, EmailHolder>;

  constructor(
    private readonly em: EntityManager,
    private readonly contacts: ContactWrites,
    private readonly hasher: PasswordHasher,
    private readonly weakPasswords: WeakPasswords,
    statements: StatementPool,
  ) {
    this.holders = new SharedLookUps(
      (keys) => statements.query<EmailHolder>(HOLDERS, [[...new Set(keys)]]),
      ({ email_key }, key) => email_key === key,
    );
  }

  async execute(command: UpsertContactCommand): Promise<WrittenContact> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.attempt(command);
      } catch (error) {
        if (attempt === ATTEMPTS || !isEmailMoved(error)) throw error;
        command.request.deadline.assertNotOver();
      }
    }
  }

  private async attempt(command: UpsertContactCommand): Promise<WrittenContact> {
    const { patch, request } = command;
    const found = await this.findTarget(command);
    const drawn = found ?? (patch.password === undefined ? undefined : await drawContactId(this.em.fork(), request));
    const credential = drawn === undefined ? undefined : await this.hasher.sealFor(drawn, patch, request);
    const job = { patch, request, credential, deadline: request.deadline, upsertKey: emailKeyOf(patch.email!)! };
    return found === undefined
      ? this.contacts.create({ ...job, kind: 'creation', contactId: drawn })
      : this.contacts.update({ ...job, kind: 'update', contactId: found });
  }

  /** The contact to update; undefined if one has to be created. Checks what can fail before a password is hashed. */
  private async findTarget({ patch, request, ...command }: UpsertContactCommand): Promise<number | undefined> {
    const em = this.em.fork();
    const { weakPasswords } = this;
    const { condition } = request;
    const formErrors = { ...weakPasswords.errorsOf(patch, patch.email), ...command.formErrors };
    if (patch.email == null) throw contactErrorOf({ ...(await commonErrors(em, patch)), ...formErrors });
    const expectedEmailKey = emailKeyOf(patch.email)!;
    const found = idsOf(await this.holders.find(expectedEmailKey), expectedEmailKey);
    const [contactId] = found;
    if (found.length > 1) {
      const errors = { ...(await commonErrors(em, patch)), ...formErrors };
      if (Object.keys(errors).length > 0) throw contactErrorOf(errors);
      throw new ContactsShareEmail(found);
    }
    const errors = { ...formErrors, ...(contactId === undefined ? command.creationErrors : {}) };
    const isUnclear = patch.password !== undefined || Object.keys(errors).length > 0 || namesUnclearText(patch);
    if (contactId === undefined) {
      const isRefused = condition !== undefined && !permitsCreation(condition);
      if (isUnclear || isRefused) await assertCreatable(em, { patch, formErrors: errors });
      if (isRefused) throw new VersionMismatch();
    } else if (isUnclear) {
      await assertUpdatable(em, { contactId, patch, formErrors, condition, weakPasswords, expectedEmailKey });
    }
    return contactId;
  }
}

/** A login's email is its contact's: a contact whose login has the email of an upsert was not among those that the upsert had found. */
const isEmailMoved = (error: unknown): boolean =>
  error instanceof EmailMoved || (error instanceof ValidationFailed && LoginEmailTaken.isAmong(error.errors));
