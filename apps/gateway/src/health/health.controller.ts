import { Controller, Get, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { EntityManager } from '@mikro-orm/postgresql';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { OutboxRelay } from '@app/messaging';
import type { FastifyReply } from 'fastify';
import { Answers } from '../openapi/answers.decorator.js';
import { HealthSchema, LiveSchema, NotReadySchema, ReadySchema, type Status } from './health.answers.js';

/** Whether the process lives, whether it can serve, and how each part is. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly em: EntityManager,
    private readonly relay: OutboxRelay,
  ) {}

  @Get('live')
  @ApiOperation({ operationId: 'getLiveness', summary: 'Whether the process lives' })
  @Answers(200, LiveSchema, 'It does.')
  live(): { status: Status } {
    return { status: 'ok' };
  }

  /** The database alone: updates are answered while the broker is away. */
  @Get('ready')
  @ApiOperation({ operationId: 'getReadiness', summary: 'Whether requests can be served' })
  @Answers(200, ReadySchema, 'They can.')
  @Answers(503, NotReadySchema, 'The database does not answer.')
  ready() {
    return this.checks.check([() => this.databaseIndicator()]);
  }

  @Get()
  @ApiOperation({ operationId: 'getHealth', summary: 'How each part is' })
  @Answers(200, HealthSchema, 'Requests can be served.')
  @Answers(503, HealthSchema, 'The database does not answer.')
  async health(@Res({ passthrough: true }) reply: FastifyReply) {
    const oldest = await this.oldestOutboxAgeMs().catch(() => undefined);
    const database: Status = oldest === undefined ? 'down' : 'ok';
    const relay: Status = this.relay.state === 'retrying' || this.relay.state === 'stopped' ? 'degraded' : 'ok';
    const status: Status = database === 'down' ? 'down' : relay;
    void reply.status(database === 'down' ? 503 : 200);
    return {
      status,
      parts: {
        database: { status: database },
        relay: { status: relay, state: this.relay.state },
        outbox: { oldest_ms: oldest ?? null },
      },
    };
  }

  private async databaseIndicator() {
    const indicator = this.indicators.check('database');
    try {
      await this.em.fork().execute('select 1');
      return indicator.up();
    } catch {
      return indicator.down();
    }
  }

  private async oldestOutboxAgeMs(): Promise<number> {
    const sql = `select coalesce(extract(epoch from clock_timestamp() - created_at) * 1000, 0)::float8 as ms from outbox order by id limit 1`;
    const [row] = await this.em.fork().execute<{ ms: number }[]>(sql);
    return Math.round(Number(row?.ms ?? 0));
  }
}
