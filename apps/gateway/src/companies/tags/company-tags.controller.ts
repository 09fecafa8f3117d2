import { applyDecorators, Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Res } from '@nestjs/common';
import { QueryBus } from '@nestjs/cqrs';
import { ApiOperation, ApiTags, type ApiOperationOptions } from '@nestjs/swagger';
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
import type { TagChange } from './tag-change.js';

type JsonObject = Record<string, unknown>;

const SHOWN = { headers: ['ETag'] } as const;
const DONE: Record<TagChange['kind'], string> = { add: 'Tags added.', replace: 'Tags replaced.', remove: 'Tag removed.' };

/** A route that changes the tags of a company. */
const ChangesTags = (operation: ApiOperationOptions): MethodDecorator =>
  applyDecorators(
    RequireScope('companies:write'),
    ApiOperation(operation),
    Answers(200, WrittenTagsSchema, 'The tags as they are now.', SHOWN),
    Refuses(412),
  );

/** A request that changes tags by their names. */
interface NamedTags {
  kind: 'add' | 'replace';
  id: number;
  body: JsonObject | undefined;
  request: WriteRequest;
}

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
  @ChangesTags({ operationId: 'addCompanyTags', summary: 'Add tags to a company' })
  @Takes(CompanyTagsDto, TAGS_EXAMPLES)
  add(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    return this.changeNamed(reply, { kind: 'add', id, body, request });
  }

  @Put()
  @ChangesTags({ operationId: 'replaceCompanyTags', summary: 'Replace the tags of a company' })
  @Takes(CompanyTagsDto, TAGS_EXAMPLES)
  replace(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Body() body: JsonObject | undefined,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    return this.changeNamed(reply, { kind: 'replace', id, body, request });
  }

  @Delete(':name')
  @ChangesTags({
    operationId: 'removeCompanyTag',
    summary: 'Remove a tag from a company',
    description: 'A tag that the company does not have is 404.',
  })
  remove(
    @Param('id', idOf(CompanyNotFound)) id: number,
    @Param('name') name: string,
    @WriteTerms('dry-runs') request: WriteRequest,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<TagsAnswer> {
    return this.change(reply, new ChangeCompanyTagsCommand(id, { kind: 'remove', name }, request.errors, request));
  }

  private changeNamed(reply: FastifyReply, { kind, id, body, request }: NamedTags): Promise<TagsAnswer> {
    const { names, errors } = readTagNames(body ?? {}, request);
    return this.change(reply, new ChangeCompanyTagsCommand(id, { kind, names }, errors, request));
  }

  private async change(reply: FastifyReply, command: ChangeCompanyTagsCommand): Promise<TagsAnswer> {
    return answer(reply, DONE[command.change.kind], await this.writes.execute(command));
  }
}

const answer = (reply: FastifyReply, message: string, { tags, ...written }: CompanyTags): TagsAnswer =>
  answerWrite(reply, written, { message, tags, data: tags });
