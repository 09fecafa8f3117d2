import { Readable } from 'node:stream';
import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BASE_PATH } from '../wire/base-path.js';
import { RequireScope } from '../callers/scope.decorator.js';
import { Answers, Refuses } from '../wire/answers.decorator.js';
import { Reads } from '../wire/documented.js';
import { EventStream } from './event-stream.js';
import { EventStreamSchema, STREAM_EXAMPLE } from './event-stream.response.js';
import { readEventFilter } from './event-stream.dto.js';
import { EventStreams } from './event-streams.js';

// In lower case, as the reply names those that every answer has: under two spellings a header would be sent twice.
const HEADERS = {
  'content-type': 'text/event-stream; charset=utf-8',
  // A proxy that compresses, or buffers, holds events back.
  'cache-control': 'no-store, no-transform',
  'x-accel-buffering': 'no',
};

@ApiTags('events')
@Controller(`${BASE_PATH.slice(1)}/events`)
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get('stream')
  @RequireScope('events:read')
  @ApiOperation({
    operationId: 'streamEvents',
    summary: 'Follow the events',
    description:
      'Server-sent events of contacts, companies and portal logins: what is published from now on, or after Last-Event-ID. It ends with its token.',
  })
  @Reads('EventContact', 'EventCompany', 'EventType', 'EventChanged', 'LastEventId')
  @Answers(200, EventStreamSchema, 'The stream.', { contentType: 'text/event-stream', example: STREAM_EXAMPLE })
  @Refuses(410, 422)
  async stream(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { filter, errors } = readEventFilter(query);
    const slot = await this.streams.reserve(request.caller!, { cursor: cursorOf(request), errors });
    if (request.method === 'HEAD' || request.raw.socket.destroyed) {
      slot.release();
      // A stream has no length, and without a body the reply would say that it is 0.
      return void reply.headers(HEADERS).send(Readable.from([]));
    }
    reply.hijack();
    reply.raw.writeHead(200, { ...(reply.getHeaders() as Record<string, string>), ...HEADERS });
    this.streams.run(slot, new EventStream(reply.raw, filter));
  }
}

function cursorOf({ headers }: FastifyRequest): string | undefined {
  const cursor = headers['last-event-id'];
  return typeof cursor === 'string' && cursor !== '' ? cursor : undefined;
}
