import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import Type, { type Static } from 'typebox';
import { ContactNotFound } from './contact.errors.js';
import { idOf } from '../wire/ids.js';
import { runningDeadline } from '../wire/request-deadline.js';
import { BASE_PATH } from '../wire/base-path.js';
import { RequireScope } from '../callers/scope.decorator.js';
import { previewedEvents } from '../writes/event-preview.js';
import { IfNoneMatch, WriteTerms } from '../writes/write-terms.decorator.js';
import { Answers, Refuses } from '../wire/answers.decorator.js';
import { Takes } from '../wire/bodies.decorator.js';
import { namesVersion, type VersionCondition } from '../writes/version-condition.js';
import { WriteBus } from '../writes/write-bus.js';
import type { WriteRequest } from '../writes/write-request.js';
import { answerContact, answerWrite, ContactAnswerSchema, WrittenContactSchema, type ContactAnswer } from './contact.answer.js';
import { CreateContactCommand } from './create/create-contact.command.js';
import { CREATION_EXAMPLES, CreateContactDto, readNewContact } from './create/create-contact.dto.js';
import { DeleteContactCommand } from './delete/delete-contact.command.js';
import { GetContactQuery } from './get-contact.query.js';
import { UpdateContactCommand } from './update/update-contact.command.js';
import { readContactPatch, UPDATE_EXAMPLES, UpdateContactDto } from './update/update-contact.dto.js';
import { UpsertContactCommand } from './upsert/upsert-contact.command.js';
import { readUpsert, UPSERT_EXAMPLES, UpsertContactDto } from './upsert/upsert-contact.dto.js';

type JsonObject = Record<string, unknown>;

/** The body that the deletion of a contact answers. */
const DeletedContactSchema = Type.Object(
  { message: Type.String({ examples: ['Contact deleted.'] }), events: Type.Optional(previewedEvents) },
  { title: 'DeletedContact', description: '`events` in a dry run alone.' },
);
type DeletedContact = Static<typeof DeletedContactSchema>;

const SHOWN = { headers: ['ETag', 'Portal-Login-Version'] } as const;
const CREATED = { headers: [...SHOWN.headers, 'Location'] } as const;

@ApiTags('contacts')
@Controller(`${BASE_PATH.slice(1)}/contacts`)
export class ContactsController {
  constructor(
    private readonly writes: WriteBus,
    private readonly queries: QueryBus,
  ) {}

  @Post(':id')
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'updateContact',
    summary: 'Update a contact',
    description: 'Absent fields keep their values, null clears them.',
  })
  @Takes(UpdateContactDto, UPDATE_EXAMPLES, { optional: true })
  @Answers(200, WrittenContactSchema, 'The contact as it is now.', SHOWN)
  @Refuses(412)
  async update(
    @Param('id', idOf(ContactNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readContactPatch(body ?? {}, request);
    return answerContact(reply, await this.writes.execute(new UpdateContactCommand(id, patch, errors, request)));
  }

  @Patch(':id')
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'patchContact',
    summary: 'Update a contact',
    description: 'The same as POST, for callers who expect it.',
  })
  @Takes(UpdateContactDto, UPDATE_EXAMPLES, { optional: true })
  @Answers(200, WrittenContactSchema, 'The contact as it is now.', SHOWN)
  @Refuses(412)
  patch(
    @Param('id', idOf(ContactNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    return this.update(id, body, request, reply);
  }

  @Post()
  @RequireScope('contacts:write')
  @ApiOperation({ operationId: 'createContact', summary: 'Create a contact' })
  @Takes(CreateContactDto, CREATION_EXAMPLES)
  @Answers(201, WrittenContactSchema, 'The contact.', CREATED)
  @Refuses(404)
  async create(
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs', 'unconditional') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readNewContact(body ?? {}, request);
    return answerCreated(reply, await this.writes.execute(new CreateContactCommand(patch, errors, request)));
  }

  @Patch()
  @RequireScope('contacts:write')
  @ApiOperation({ operationId: 'upsertContact', summary: 'Update the contact with this email, or create it' })
  @Takes(UpsertContactDto, UPSERT_EXAMPLES)
  @Answers(200, WrittenContactSchema, 'One contact had the email: it was updated.', SHOWN)
  @Answers(201, WrittenContactSchema, 'No contact had the email: one was created.', CREATED)
  @Refuses(404, 409, 412)
  async upsert(
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors, creationErrors } = readUpsert(body ?? {}, request);
    const written = await this.writes.execute(new UpsertContactCommand(patch, errors, creationErrors, request));
    if (written.created) return answerCreated(reply, written);
    return answerContact(reply, written);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ operationId: 'getContact', summary: 'Read a contact' })
  @Answers(200, ContactAnswerSchema, 'The contact.', SHOWN)
  @Answers(304, null, 'The caller has this version already.', SHOWN)
  async get(
    @Param('id', idOf(ContactNotFound)) id: number,
    @IfNoneMatch() condition: VersionCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer | undefined> {
    const found = await runningDeadline(reply.request).bound(this.queries.execute(new GetContactQuery(id)));
    const answer = answerContact(reply, found);
    if (!condition || !namesVersion(condition, found.contact.version)) return answer;
    void reply.status(304);
    return undefined;
  }

  @Delete(':id')
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'deleteContact',
    summary: 'Delete a contact and its portal login',
    description: 'Sessions of the login end.',
  })
  @Answers(200, DeletedContactSchema, 'The contact is gone.', { headers: ['Portal-Login-Version'] })
  @Refuses(412)
  async delete(
    @Param('id', idOf(ContactNotFound)) id: number,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeletedContact> {
    const deleted = await this.writes.execute(new DeleteContactCommand(id, request));
    return answerWrite(reply, deleted, { message: 'Contact deleted.' });
  }
}

function answerCreated(reply: FastifyReply, written: Parameters<typeof answerContact>[1]): ContactAnswer {
  void reply.status(201);
  // In a dry run there is no id yet.
  if (written.contact.id !== null) void reply.header('location', `${BASE_PATH}/contacts/${written.contact.id}`);
  return answerContact(reply, written);
}
