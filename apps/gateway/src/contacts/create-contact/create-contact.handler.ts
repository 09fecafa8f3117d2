import { EntityManager } from '@mikro-orm/postgresql';
import { CommandHandler, type ICommandHandler } from '@nestjs/cqrs';
import { Outbox, OutboxRelay, type OutboxDraft } from '@app/messaging';
import { constraintOf, inTransaction } from '@app/postgres';
import {
  concludeDrafts,
  demotePrimaries,
  emailHolders,
  followWithLogin,
  lockCompanies,
  lockContacts,
  namedCompaniesOf,
  namedTags,
  primaryContactsOf,
  writeWithEvents,
} from '../contact-changes.js';
import { Contact } from '../contact.entity.js';
import { ContactRefused, LoginEmailTaken } from '../contact.errors.js';
import { contactCreated, portalLoginChanged } from '../contact.events.js';
import { namedCompanies } from '../contact.patch.js';
import { refusalsOf } from '../contact.refusals.js';
import { snapshotOf } from '../contact.snapshot.js';
import { CreateContactCommand } from './create-contact.command.js';
import { PasswordHasher } from '../password.hasher.js';
import { LOGIN_EMAIL_CONSTRAINT } from '../portal-login.entity.js';
import type { WrittenContact } from '../update-contact/update-contact.command.js';
import { withinDeadline } from '../update-contact/update-groups.js';

@CommandHandler(CreateContactCommand)
export class CreateContactHandler implements ICommandHandler<CreateContactCommand> {
  constructor(
    private readonly em: EntityManager,
    private readonly outbox: Outbox,
    private readonly relay: OutboxRelay,
    private readonly hasher: PasswordHasher,
  ) {}

  async execute(command: CreateContactCommand): Promise<WrittenContact> {
    const { patch, formErrors } = command;
    if (patch.password !== undefined || Object.keys(formErrors).length > 0) await refuse(this.em.fork(), command);
    // The id is drawn before the password is sealed: the seal is bound to it.
    const id = await this.drawId();
    const credential = patch.password === undefined ? undefined : await this.hasher.seal(id, patch.password);
    try {
      const written = await withinDeadline(inTransaction(this.em, (em) => this.create(em, id, command, credential)));
      this.relay.wake();
      return written;
    } catch (error) {
      throw constraintOf(error) === LOGIN_EMAIL_CONSTRAINT ? new LoginEmailTaken() : error;
    }
  }

  private async drawId(): Promise<number> {
    const [row] = await this.em.fork().execute<{ id: string }[]>(`select nextval(pg_get_serial_sequence('contact', 'id')) as id`);
    return Number(row!.id);
  }

  private async create(
    em: EntityManager,
    id: number,
    command: CreateContactCommand,
    credential: string | undefined,
  ): Promise<WrittenContact> {
    const { patch, request } = command;
    const companyIds = namedCompanies(patch) ?? [];
    await lockCompanies(em, companyIds);
    const formerPrimaries = [
      ...(await lockContacts(em, patch.isPrimary === true ? await primaryContactsOf(em, companyIds) : [])).values(),
    ];
    await refuse(em, command);
    const companies = await namedCompaniesOf(em, [patch]);
    const tagsOf = await namedTags(em, [patch]);
    const drafts = formerPrimaries.map((former) => ({ contact: former, before: snapshotOf(former), request }));
    await demotePrimaries(em, formerPrimaries, companyIds);

    const at = await clock(em);
    const contact = em.create(Contact, {
      id,
      version: 1,
      loginVersion: 0,
      hasPortalLogin: false,
      createdAt: at,
      updatedAt: at,
      lockedAt: at,
    });
    contact.applyPatch(patch, { companies, tags: tagsOf(patch) });
    // The claim refers to the contact's row, which has to be there first.
    if (credential !== undefined) await em.flush();
    const login = await followWithLogin(em, contact, patch, credential);
    const snapshot = snapshotOf(contact);
    const events: OutboxDraft[] = [...concludeDrafts(drafts), contactCreated(snapshot, { at, request })];
    if (login) events.push((position) => portalLoginChanged(login, position, { at, request }));
    await writeWithEvents(em, this.outbox, events);
    return { contact: snapshot, loginVersion: contact.loginVersion };
  }
}

async function refuse(em: EntityManager, { patch, formErrors }: CreateContactCommand): Promise<void> {
  const contact = { id: 0, hasPortalLogin: false, email: null };
  const companies = await namedCompaniesOf(em, [patch]);
  const takenEmails = await emailHolders(em, [{ contact, patch }]);
  const refusals = { ...refusalsOf(contact, patch, { companies, takenEmails }), ...formErrors };
  if (Object.keys(refusals).length > 0) throw new ContactRefused(refusals);
}

async function clock(em: EntityManager): Promise<Date> {
  const [row] = await em.execute<{ now: string | Date }[]>('select clock_timestamp() as now');
  return new Date(row!.now);
}
