import { Controller, Get, Res } from '@nestjs/common';
import { ApiExcludeController } from '@nestjs/swagger';
import { DatabaseHealth, healthOf, okIf, type Health } from '@app/http';
import { BrokerProbe, OutboxRelay } from '@app/messaging';
import type { FastifyReply } from 'fastify';
import { OutboxBacklog } from './outbox-backlog.js';

/** An event that has waited longer than this is told as late. */
const LATE_MS = 30_000;

/** How each part is. */
@ApiExcludeController()
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DatabaseHealth,
    private readonly broker: BrokerProbe,
    private readonly relay: OutboxRelay,
    private readonly outbox: OutboxBacklog,
  ) {}

  @Get()
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const [database, isBrokerWell, backlog] = await Promise.all([
      this.database.status(),
      this.broker.isWell(),
      this.outbox.read().catch(() => null),
    ]);
    const { state } = this.relay;
    void reply.status(database === 'down' ? 503 : 200);
    return healthOf({
      database: { status: database },
      broker: { status: okIf(isBrokerWell) },
      relay: { status: okIf(state === 'publishing' || state === 'standby'), state },
      outbox: { status: okIf(backlog !== null && backlog.oldestMs <= LATE_MS), oldest_ms: backlog && backlog.oldestMs },
    });
  }
}
