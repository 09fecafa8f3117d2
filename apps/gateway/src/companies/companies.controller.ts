import { Body, Controller, Get, Param, Post, Res } from '@nestjs/common';
import { CommandBus, QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { RequireScope } from '../http/scope.decorator.js';
import { CompanyNotFound, CompanyRefused } from './company.errors.js';
import type { CompanySnapshot } from './company.snapshot.js';
import { CreateCompanyCommand } from './create-company.command.js';
import { CreateCompanyDto, readNewCompany } from './create-company.dto.js';
import { GetCompanyQuery } from './get-company.query.js';

interface CompanyAnswer {
  data: CompanySnapshot;
}

@ApiTags('companies')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/companies`)
export class CompaniesController {
  constructor(
    private readonly commands: CommandBus,
    private readonly queries: QueryBus,
  ) {}

  @Post()
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Create a company' })
  @ApiBody({ type: CreateCompanyDto })
  async create(
    @Body() body: Record<string, unknown> | undefined,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<CompanyAnswer> {
    const { dto, errors } = readNewCompany(body ?? {});
    if (Object.keys(errors).length > 0) throw new CompanyRefused(errors);
    const company = await this.commands.execute(new CreateCompanyCommand(dto));
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
