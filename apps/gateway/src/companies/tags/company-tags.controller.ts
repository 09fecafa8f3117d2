import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply } from 'fastify';
import { CompanyNotFound } from '../company.errors.js';
import { idOf } from '../../wire/ids.js';
import { BASE_PATH } from '../../wire/base-path.js';
import { RequireScope } from '../../callers/scope.decorator.js';
import { WriteTerms } from '../../writes/write-terms.decorator.js';
import { Answers, Refuses } from '../../wire/answers.decorator.js';
import { Takes } from '../../wire/bodies.decorator.js';
import { WriteBus } from '../../writes/write-bus.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { ChangeCompanyTagsCommand, type CompanyTags } from './change-company-tags.command.js';
import { answerWrite } from '../company.response.js';
import { TagsAnswerSchema, WrittenTagsSchema, type TagsAnswer } from './company-tags.response.js';
import { CompanyTagsDto, readTagNames, TAGS_EXAMPLES } from './company-tags.dto.js';
import { GetCompanyTagsQuery } from './get-company-tags.query.js';

type JsonObject = Record<string, unknown>;

const SHOWN = { headers: ['ETag'] } as const;

@ApiTags('company tags')
@Controller(`${BASE_PATH.slice(1)}/companies/:id/tags`)
export class CompanyTagsController {
  constructor(
    private readonly writes: WriteBus,
    private readonly queries: QueryBus,
  ) {}

  @Get()
  @RequireScope('companies:read')
  @ApiOperation({ operationId: 'listCompanyTags', summary: 'Read the tags of a company' })
  @Answers(200, TagsAnswerSchema, 'The tags.', SHOWN)
  async get(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    return answer(reply, 'Tags found.', await this.queries.execute(new GetCompanyTagsQuery(id)));
  }

  @Post()
  @HttpCode(200)
  @RequireScope('companies:write')
  @ApiOperation({ operationId: 'addCompanyTags', summary: 'Add tags to a company' })
  @Takes(CompanyTagsDto, TAGS_EXAMPLES)
  @Answers(200, WrittenTagsSchema, 'The tags as they are now.', SHOWN)
  @Refuses(412)
  async add(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    const { names, errors } = readTagNames(body ?? {}, request);
    const change = { kind: 'add', names } as const;
    return answer(reply, 'Tags added.', await this.writes.execute(new ChangeCompanyTagsCommand(id, change, errors, request)));
  }

  @Put()
  @RequireScope('companies:write')
  @ApiOperation({ operationId: 'replaceCompanyTags', summary: 'Replace the tags of a company' })
  @Takes(CompanyTagsDto, TAGS_EXAMPLES)
  @Answers(200, WrittenTagsSchema, 'The tags as they are now.', SHOWN)
  @Refuses(412)
  async replace(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    const { names, errors } = readTagNames(body ?? {}, request);
    const change = { kind: 'replace', names } as const;
    return answer(reply, 'Tags replaced.', await this.writes.execute(new ChangeCompanyTagsCommand(id, change, errors, request)));
  }

  @Delete(':name')
  @RequireScope('companies:write')
  @ApiOperation({
    operationId: 'removeCompanyTag',
    summary: 'Remove a tag from a company',
    description: 'A tag that the company does not have is 404.',
  })
  @Answers(200, WrittenTagsSchema, 'The tags as they are now.', SHOWN)
  @Refuses(412)
  async remove(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Param('name') name: string,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    const change = { kind: 'remove', name } as const;
    const command = new ChangeCompanyTagsCommand(id, change, request.errors, request);
    return answer(reply, 'Tag removed.', await this.writes.execute(command));
  }
}

const answer = (reply: FastifyReply, message: string, { tags, ...written }: CompanyTags): TagsAnswer =>
  answerWrite(reply, written, { message, tags, data: tags });
