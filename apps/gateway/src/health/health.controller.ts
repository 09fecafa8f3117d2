import { Controller, Get, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { DatabaseHealth, Drain, healthOf, okIf, setReadiness, type Health } from '#app/http';
import { BrokerProbe, OutboxRelay } from '#app/messaging';
import type { FastifyReply } from 'fastify';
import { Answers } from '../wire/answers.decorator.js';
import { HealthSchema } from './health.response.js';
import { OutboxBacklog } from './outbox-backlog.js';

/** An older waiting event is reported as late. */
const LATE_MS = 30_000;

/** The state of each part. */
@ApiTags('health')
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DatabaseHealth,
    private readonly broker: BrokerProbe,
    private readonly relay: OutboxRelay,
    private readonly outbox: OutboxBacklog,
    private readonly drain: Drain,
  ) {}

  @Get()
  @ApiOperation({ operationId: 'getHealth', summary: 'How each part is' })
  @Answers(200, HealthSchema, 'Requests can be served.')
  @Answers(503, HealthSchema, 'The database does not answer, or the process is about to end.')
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const [database, isBrokerWell, backlog] = await Promise.all([
      this.database.status(),
      this.broker.isWell(),
      this.outbox.read().catch(() => null),
    ]);
    const { state, blocked, fault } = this.relay.report();
    const isRelayWell = (state === 'publishing' || state === 'standby') && fault === null;
    setReadiness(reply, database !== 'down' && !this.drain.isUnderWay);
    return healthOf({
      database: { status: database },
      broker: { status: okIf(isBrokerWell) },
      relay: { status: okIf(isRelayWell), state, blocked, fault },
      outbox: { status: okIf(backlog !== null && backlog.oldestMs <= LATE_MS), oldest_ms: backlog && backlog.oldestMs },
    });
  }
}
