import { Body, Controller, Delete, HttpCode, Param, Post, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../../http/bearer.hook.js';
import { RequireScope } from '../../http/scope.decorator.js';
import { WriteTerms } from '../../http/write-terms.decorator.js';
import { WriteBus } from '../../writes/write-bus.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { ContactIdPipe } from '../contact-id.pipe.js';
import { answerContact, type ContactAnswer } from '../contact.answer.js';
import { UpdateContactCommand } from '../update-contact/update-contact.command.js';
import { PortalPasswordDto, readPortalPassword } from './portal-password.dto.js';
import { RemovePortalLoginCommand } from './remove-portal-login.command.js';

@ApiTags('portal logins')
@ApiBearerAuth()
@Controller([`${BASE_PATH.slice(1)}/contacts/:id/b2b-portal-password`, `${BASE_PATH.slice(1)}/contacts/:id/password`])
export class PortalPasswordController {
  constructor(private readonly writes: WriteBus) {}

  @Post()
  @HttpCode(200)
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Set the password of the portal login', description: 'Makes the login where there is none.' })
  @ApiBody({ type: PortalPasswordDto })
  async set(
    @Param('id', ContactIdPipe) id: number,
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    const { patch, errors } = readPortalPassword(body ?? {}, request);
    return answerContact(reply, await this.writes.execute(new UpdateContactCommand(id, patch, errors, request)));
  }

  @Delete()
  @RequireScope('contacts:write')
  @ApiOperation({ summary: 'Remove the portal login', description: 'Ends its sessions. Without a login nothing changes.' })
  async remove(
    @Param('id', ContactIdPipe) id: number,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ContactAnswer> {
    return answerContact(reply, await this.writes.execute(new RemovePortalLoginCommand(id, request)));
  }
}
