import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { ContactNotFound } from '../contact.errors.js';
import { idOf } from '../../wire/ids.js';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { WriteTerms } from '../../writes/write-terms.decorator.js';
import { Answers, Refuses } from '../../wire/answers.decorator.js';
import { Takes } from '../../wire/bodies.decorator.js';
import { WriteBus } from '../../writes/write-bus.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { answerContact, WrittenContactSchema, type ContactAnswer } from '../contact.answer.js';
import { UpdateContactCommand } from '../update/update-contact.command.js';
import { PASSWORD_EXAMPLES, PortalPasswordDto, readPortalPassword } from './portal-password.dto.js';
import { RemovePortalLoginCommand } from './remove-portal-login.command.js';

const SHOWN = { headers: ['ETag', 'Portal-Login-Version'] } as const;

@ApiTags('portal logins')
@Controller([`${BASE_PATH.slice(1)}/contacts/:id/b2b-portal-password`, `${BASE_PATH.slice(1)}/contacts/:id/password`])
export class PortalPasswordController {
  constructor(private readonly writes: WriteBus) {}

  @Post()
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'setPortalPassword',
    summary: 'Set the password of the portal login',
    description: 'Makes the login where there is none.',
  })
  @Takes(PortalPasswordDto, PASSWORD_EXAMPLES)
  @Answers(200, WrittenContactSchema, 'The contact as it is now.', SHOWN)
  @Refuses(412)
  async set(
    @Param('id', idOf(ContactNotFound)) id: number,
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readPortalPassword(body ?? {}, request);
    return answerContact(reply, await this.writes.execute(new UpdateContactCommand(id, patch, errors, request)));
  }

  @Delete()
  @RequireScope('contacts:write')
  @ApiOperation({
    operationId: 'removePortalLogin',
    summary: 'Remove the portal login',
    description: 'Ends its sessions. Without a login nothing changes.',
  })
  @Answers(200, WrittenContactSchema, 'The contact as it is now.', SHOWN)
  @Refuses(412)
  async remove(
    @Param('id', idOf(ContactNotFound)) id: number,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    return answerContact(reply, await this.writes.execute(new RemovePortalLoginCommand(id, request)));
  }
}
