import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiBearerAuth, ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import type { TagSnapshot } from '@app/contracts';
import { BASE_PATH } from '../../http/bearer.hook.js';
import { RequireScope } from '../../http/scope.decorator.js';
import { WriteTerms } from '../../http/write-terms.decorator.js';
import { WriteBus } from '../../writes/write-bus.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { CompanyIdPipe } from '../company-id.pipe.js';
import { ChangeCompanyTagsCommand, type CompanyTags } from './change-company-tags.command.js';
import { CompanyTagsDto, readTagNames } from './company-tags.dto.js';
import { GetCompanyTagsQuery } from './get-company-tags.query.js';

type JsonObject = Record<string, unknown>;

/** The same list twice: existing clients read either. */
interface TagsAnswer {
  message: string;
  tags: TagSnapshot[];
  data: TagSnapshot[];
}

@ApiTags('company tags')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/companies/:id/tags`)
export class CompanyTagsController {
  constructor(
    private readonly writes: WriteBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @RequireScope('companies:read')
  @ApiOperation({ summary: 'Read the tags of a company' })
  async get(@Param('id', CompanyIdPipe) id: number): Promise<TagsAnswer> {
    return answer('Tags found.', await this.queries.execute(new GetCompanyTagsQuery(id)));
  }

  @Post()
  @HttpCode(200)
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Add tags to a company' })
  @ApiBody({ type: CompanyTagsDto })
  async add(
    @Param('id', CompanyIdPipe) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms() request: WriteRequest,
  ): Promise<TagsAnswer> {
    const { names, errors } = readTagNames(body ?? {}, request);
    const change = { kind: 'add', names } as const;
    return answer('Tags added.', await this.writes.execute(new ChangeCompanyTagsCommand(id, change, errors, request)));
  }

  @Put()
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Replace the tags of a company' })
  @ApiBody({ type: CompanyTagsDto })
  async replace(
    @Param('id', CompanyIdPipe) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms() request: WriteRequest,
  ): Promise<TagsAnswer> {
    const { names, errors } = readTagNames(body ?? {}, request);
    const change = { kind: 'replace', names } as const;
    return answer('Tags replaced.', await this.writes.execute(new ChangeCompanyTagsCommand(id, change, errors, request)));
  }

  @Delete(':name')
  @RequireScope('companies:write')
  @ApiOperation({ summary: 'Remove a tag from a company', description: 'A tag that the company does not have is 404.' })
  async remove(
    @Param('id', CompanyIdPipe) id: number,
    @Param('name') name: string,
    @WriteTerms() request: WriteRequest,
  ): Promise<TagsAnswer> {
    const change = { kind: 'remove', name } as const;
    const command = new ChangeCompanyTagsCommand(id, change, request.refusals, request);
    return answer('Tag removed.', await this.writes.execute(command));
  }
}

const answer = (message: string, { tags }: CompanyTags): TagsAnswer => ({ message, tags, data: tags });
