import { Controller, Get, Query, Req, Res } from '@nestjs/common';
import { ApiBearerAuth, ApiHeader, ApiOperation, ApiProduces, ApiQuery, ApiTags } from '@nestjs/swagger';
import { EVENTS } from '@app/contracts';
import { validationFailed } from '@app/http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { BASE_PATH } from '../http/bearer.hook.js';
import { RequireScope } from '../http/scope.decorator.js';
import { EventStream } from './event-stream.js';
import { readEventFilter } from './event-stream.dto.js';
import { EventStreams } from './event-streams.js';

const HEADERS = {
  'Content-Type': 'text/event-stream; charset=utf-8',
  'Cache-Control': 'no-store',
  // Proxies that collect what they pass on would hold events back.
  'X-Accel-Buffering': 'no',
};

@ApiTags('events')
@ApiBearerAuth()
@Controller(`${BASE_PATH.slice(1)}/events`)
export class EventsController {
  constructor(private readonly streams: EventStreams) {}

  @Get('stream')
  @RequireScope('events:read')
  @ApiOperation({
    summary: 'Follow the events',
    description: 'Server-sent events of both topics: what is published from now on, or after Last-Event-ID.',
  })
  @ApiQuery({
    name: 'contact_id',
    required: false,
    schema: { type: 'integer', minimum: 1 },
    description: 'Events of one contact.',
  })
  @ApiQuery({ name: 'type', required: false, enum: Object.keys(EVENTS), description: 'Events of one type.' })
  @ApiHeader({ name: 'Last-Event-ID', required: false, description: 'The id of the last event that was taken.' })
  @ApiProduces('text/event-stream')
  async stream(
    @Query() query: Record<string, unknown>,
    @Req() request: FastifyRequest,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    const { filter, errors } = readEventFilter(query);
    const slot = await this.streams.reserve(request.caller!.tokenId, () => {
      if (Object.keys(errors).length > 0) throw validationFailed(errors);
      return cursorOf(request);
    });
    if (request.method === 'HEAD' || request.raw.socket.destroyed) {
      slot.release();
      return void reply.headers(HEADERS).send();
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
