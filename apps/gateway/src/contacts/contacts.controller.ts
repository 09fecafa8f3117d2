import { Body, Controller, Get, HttpCode, Param, Patch, Post, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ContactSnapshot } from '@app/contracts';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { Meta, type RequestMeta } from '../http/request-meta.js';
import { RequireScope } from '../http/scope.decorator.js';
import { ContactIdPipe } from './contact-id.pipe.js';
import { CreateContactCommand } from './create-contact/create-contact.command.js';
import { readNewContact } from './create-contact/create-contact.dto.js';
import { GetContactQuery } from './get-contact.query.js';
import { UpdateContactCommand, type WrittenContact } from './update-contact/update-contact.command.js';
import { readContactPatch, UpdateContactDto } from './update-contact/update-contact.dto.js';

interface ContactAnswer {
  data: ContactSnapshot;
}

@ApiTags('contacts')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/contacts`)
export class ContactsController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post(':id')
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Update a contact', description: 'Absent fields keep their values, null clears them.' })
  @ApiBody({ type: UpdateContactDto })
  async update(
    @Param('id', ContactIdPipe) id: number,
    @Body() body: Record<string, unknown> | undefined,
    @Meta() request: RequestMeta,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readContactPatch(body ?? {});
    return answer(reply, await this.commands.execute(new UpdateContactCommand(id, patch, errors, request)));
  }

  @Patch(':id')
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Update a contact', description: 'The same as POST, for callers who expect it.' })
  @ApiBody({ type: UpdateContactDto })
  patch(
    @Param('id', ContactIdPipe) id: number,
    @Body() body: Record<string, unknown> | undefined,
    @Meta() request: RequestMeta,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    return this.update(id, body, request, reply);
  }

  @Post()
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Create a contact' })
  @ApiBody({ type: UpdateContactDto })
  async create(
    @Body() body: Record<string, unknown> | undefined,
    @Meta() request: RequestMeta,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readNewContact(body ?? {});
    const written = await this.commands.execute(new CreateContactCommand(patch, errors, request));
    void reply.header('Location', `${BASE_PATH}/contacts/${written.contact.id}`);
    return answer(reply, written);
  }

  @Get(':id')
  @RequireScope('contacts:read')
  @ApiOperation({ summary: 'Read a contact' })
  async get(@Param('id', ContactIdPipe) id: number, @Res({ passthrough: true }) reply: FastifyReply): Promise<ContactAnswer> {
    return answer(reply, await this.queries.execute(new GetContactQuery(id)));
  }
}

function answer(reply: FastifyReply, { contact, loginVersion }: WrittenContact): ContactAnswer {
  void reply.header('ETag', `"${contact.version}"`);
  if (loginVersion > 0) void reply.header('Portal-Login-Version', String(loginVersion));
  return { data: contact };
}
