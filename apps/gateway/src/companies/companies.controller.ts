import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CompanyNotFound } from './company.errors.js';
import { idOf } from '../wire/ids.js';
import { BASE_PATH } from '../wire/base-path.js';
import { RequireScope } from '../callers/scope.decorator.js';
import { namesVersion, type VersionCondition } from '../writes/version-condition.js';
import { IfNoneMatch, WriteTerms } from '../writes/write-terms.decorator.js';
import { Answers, Refuses } from '../wire/answers.decorator.js';
import { Takes } from '../wire/bodies.decorator.js';
import { WriteBus } from '../writes/write-bus.js';
import type { WriteRequest } from '../writes/write-request.js';
import { COMPANY_EXAMPLES, CreateCompanyDto, readCompanyPatch, readNewCompany, UpdateCompanyDto } from './company.dto.js';
import {
  answerCompany,
  answerWrite,
  CompanyAnswerSchema,
  DeletedCompanySchema,
  WrittenCompanySchema,
  type CompanyAnswer,
} from './company.response.js';
import { CreateCompanyCommand } from './create/create-company.command.js';
import { DeleteCompanyCommand, type DeletedCompany } from './delete/delete-company.command.js';
import { GetCompanyQuery } from './get-company.query.js';
import { UpdateCompanyCommand } from './update/update-company.command.js';

type JsonObject = Record<string, unknown>;

const SHOWN = { headers: ['ETag'] } as const;

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
  @Answers(201, WrittenCompanySchema, 'The company.', { headers: ['ETag', 'Location'] })
  async create(
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs', 'unconditional') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer> {
    const { patch, errors } = readNewCompany(body ?? {}, request);
    const written = await this.writes.execute(new CreateCompanyCommand(patch, errors, request));
    // In a dry run there is no id yet.
    if (!request.dryRun) void reply.header('location', `${BASE_PATH}/companies/${written.id}`);
    return answerCompany(reply, written);
  }

  @Get(':id')
  @RequireScope('companies:read')
  @ApiOperation({ operationId: 'getCompany', summary: 'Read a company' })
  @Answers(200, CompanyAnswerSchema, 'The company.', SHOWN)
  @Answers(304, null, 'The caller has this version already.', SHOWN)
  async get(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @IfNoneMatch() condition: VersionCondition | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer | undefined> {
    const found = await this.queries.execute(new GetCompanyQuery(id));
    const answer = answerCompany(reply, found);
    if (!condition || !namesVersion(condition, found.version)) return answer;
    void reply.status(304);
    return undefined;
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
  @Answers(200, WrittenCompanySchema, 'The company as it is now.', SHOWN)
  @Refuses(412)
  async update(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer> {
    const { patch, errors } = readCompanyPatch(body ?? {}, request);
    return answerCompany(reply, await this.writes.execute(new UpdateCompanyCommand(id, patch, errors, request)));
  }

  @Delete(':id')
  @RequireScope('companies:write')
  @ApiOperation({
    operationId: 'deleteCompany',
    summary: 'Delete a company',
    description:
      'Refused while it is the only company of some contact. It is gone at once; its contacts leave it in parts, each with its event, and show it until then.',
  })
  @Answers(200, DeletedCompanySchema, 'The company is gone.')
  @Refuses(409, 412)
  async delete(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<DeletedCompany & { message: string }> {
    const { events } = await this.writes.execute(new DeleteCompanyCommand(id, request));
    return answerWrite(reply, { events }, { message: 'Company deleted.' });
  }
}
