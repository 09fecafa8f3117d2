import { Body, Controller, Delete, Get, HttpCode, Param, Post, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { RequireScope } from '../http/scope.decorator.js';
import { WriteTerms } from '../http/write-terms.decorator.js';
import { WriteBus } from '../writes/write-bus.js';
import type { WriteRequest } from '../writes/write-request.js';
import { CompanyIdPipe } from './company-id.pipe.js';
import { CreateCompanyDto, readCompanyPatch, readNewCompany, UpdateCompanyDto } from './company.dto.js';
import type { CompanySnapshot } from './company.snapshot.js';
import { CreateCompanyCommand } from './create-company/create-company.command.js';
import { DeleteCompanyCommand } from './delete-company/delete-company.command.js';
import { GetCompanyQuery } from './get-company.query.js';
import { UpdateCompanyCommand } from './update-company/update-company.command.js';

type JsonObject = Record<string, unknown>;

interface CompanyAnswer {
  data: CompanySnapshot;
}

@ApiTags('companies')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class CompaniesController {
  constructor(
    private readonly writes: WriteBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Create a company' })
  @ApiBody({ type: CreateCompanyDto })
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
  @ApiOperation({ summary: 'Read a company' })
  async get(@Param('id', CompanyIdPipe) id: number): Promise<CompanyAnswer> {
    return { data: await this.queries.execute(new GetCompanyQuery(id)) };
  }

  @Post(':id')
  @HttpCode(200)
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Update a company', description: 'Absent fields keep their values, null clears them.' })
  @ApiBody({ type: UpdateCompanyDto })
  async update(
    @Param('id', CompanyIdPipe) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms() request: WriteRequest,
  ): Promise<CompanyAnswer> {
    const { patch, errors } = readCompanyPatch(body ?? {}, request);
    return { data: await this.writes.execute(new UpdateCompanyCommand(id, patch, errors, request)) };
  }

  @Delete(':id')
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Delete a company', description: 'Refused while it is the only company of some contact.' })
  async delete(@Param('id', CompanyIdPipe) id: number, @WriteTerms() request: WriteRequest): Promise<{ message: string }> {
    await this.writes.execute(new DeleteCompanyCommand(id, request));
    return { message: 'Company deleted.' };
  }
}
