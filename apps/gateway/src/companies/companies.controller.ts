import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CompanyNotFound } from './company.errors.js';
import { idOf } from '../wire/ids.js';
import { BASE_PATH } from '../wire/base-path.js';
import { RequireScope } from '../callers/scope.decorator.js';
import { MessageSchema, type Message } from '../wire/message.response.js';
import { WriteTerms } from '../writes/write-terms.decorator.js';
import { Answers, Refuses } from '../wire/answers.decorator.js';
import { Takes } from '../wire/bodies.decorator.js';
import { WriteBus } from '../writes/write-bus.js';
import type { WriteRequest } from '../writes/write-request.js';
import { COMPANY_EXAMPLES, CreateCompanyDto, readCompanyPatch, readNewCompany, UpdateCompanyDto } from './company.dto.js';
import { CompanyAnswerSchema, type CompanyAnswer } from './company.response.js';
import { CreateCompanyCommand } from './create/create-company.command.js';
import { DeleteCompanyCommand } from './delete/delete-company.command.js';
import { GetCompanyQuery } from './get-company.query.js';
import { UpdateCompanyCommand } from './update/update-company.command.js';

type JsonObject = Record<string, unknown>;

@ApiTags('companies')
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class CompaniesController {
  constructor(
    private readonly writes: WriteBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @RequireScope('companies:write')
  @ApiOperation({ operationId: 'createCompany', summary: 'Create a company' })
  @Takes(CreateCompanyDto, COMPANY_EXAMPLES)
  @Answers(201, CompanyAnswerSchema, 'The company.', { headers: ['Location'] })
  async create(
    @Body() body: JsonObject | undefined,
    @WriteTerms() request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer> {
    const { patch, errors } = readNewCompany(body ?? {}, request);
    const data = await this.writes.execute(new CreateCompanyCommand(patch, errors, request));
    void reply.header('Location', `${BASE_PATH}/companies/${data.id}`);
    return { data };
  }

  @Get(':id')
  @RequireScope('companies:read')
  @ApiOperation({ operationId: 'getCompany', summary: 'Read a company' })
  @Answers(200, CompanyAnswerSchema, 'The company.')
  async get(@Param('id', idOf(CompanyNotFound)) id: number): Promise<CompanyAnswer> {
    return { data: await this.queries.execute(new GetCompanyQuery(id)) };
  }

  @Post(':id')
  @HttpCode(200)
  @RequireScope('companies:write')
  @ApiOperation({
    operationId: 'updateCompany',
    summary: 'Update a company',
    description: 'Absent fields keep their values, null clears them.',
  })
  @Takes(UpdateCompanyDto, COMPANY_EXAMPLES, { optional: true })
  @Answers(200, CompanyAnswerSchema, 'The company as it is now.')
  async update(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms() request: WriteRequest,
  ): Promise<CompanyAnswer> {
    const { patch, errors } = readCompanyPatch(body ?? {}, request);
    return { data: await this.writes.execute(new UpdateCompanyCommand(id, patch, errors, request)) };
  }

  @Delete(':id')
  @RequireScope('companies:write')
  @ApiOperation({
    operationId: 'deleteCompany',
    summary: 'Delete a company',
    description: 'Refused while it is the only company of some contact.',
  })
  @Answers(200, MessageSchema, 'The company is gone.')
  @Refuses(409)
  async delete(@Param('id', idOf(CompanyNotFound)) id: number, @WriteTerms() request: WriteRequest): Promise<Message> {
    await this.writes.execute(new DeleteCompanyCommand(id, request));
    return { message: 'Company deleted.' };
  }
}
