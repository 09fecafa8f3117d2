import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { RequireScope } from '../http/scope.decorator.js';
import { WriteTerms } from '../http/write-terms.decorator.js';
import { WriteBus } from '../writes/write-bus.js';
import type { WriteRequest } from '../writes/write-request.js';
import { CompanyNotFound } from './company.errors.js';
import type { CompanySnapshot } from './company.snapshot.js';
import { CreateCompanyCommand } from './create-company.command.js';
import { CreateCompanyDto, readNewCompany, toCompanyFields } from './create-company.dto.js';
import { GetCompanyQuery } from './get-company.query.js';

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
    @Body() body: Record<string, unknown> | undefined,
    @WriteTerms() request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer> {
    const { dto, errors } = readNewCompany(body ?? {}, request);
    const company = await this.writes.execute(new CreateCompanyCommand(toCompanyFields(dto), errors, request));
    void reply.header('Location', `${BASE_PATH}/companies/${company.id}`);
    return { data: company };
  }

  @Get(':id')
  @RequireScope('companies:read')
  @ApiOperation({ summary: 'Read a company' })
  async get(@Param('id') id: string): Promise<CompanyAnswer> {
    if (!/^[1-9]\d{0,15}$/.test(id) || !Number.isSafeInteger(Number(id))) throw new CompanyNotFound();
    return { data: await this.queries.execute(new GetCompanyQuery(Number(id))) };
  }
}
