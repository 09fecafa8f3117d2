import { Controller, Get, Res } from '@nestjs/common';
import { DatabaseHealth, Drain, healthOf, okIf, setReadiness, type Health } from '#app/http';
import { BrokerProbe, KafkaEventStrategy } from '#app/messaging';
import type { FastifyReply } from 'fastify';
import { Operation } from '../docs/operation.decorator.js';
import { MarkCheck } from './mark-check.js';
import { lagWithin } from './lag.js';

/** More waiting records than this are reported as degraded. */
const LARGE_LAG = 10_000;
const LAG_TIMEOUT_MS = 2_000;

/** The state of each part. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly database: DatabaseHealth,
    private readonly broker: BrokerProbe,
    private readonly events: KafkaEventStrategy,
    private readonly marks: MarkCheck,
    private readonly drain: Drain,
  ) {}

  @Get()
  @Operation({
    id: 'getHealth',
    summary: 'How each part is',
    tag: 'health',
    answers: {
      200: { description: 'Requests can be served.', schema: 'Health' },
      503: { description: 'The database does not answer, or the process is about to end.', schema: 'Health' },
    },
  })
  async health(@Res({ passthrough: true }) reply: FastifyReply): Promise<Health> {
    const [database, isBrokerWell, records] = await Promise.all([
      this.database.status(),
      this.broker.isWell(),
      lagWithin(this.events, LAG_TIMEOUT_MS),
    ]);
    setReadiness(reply, database !== 'down' && !this.drain.isUnderWay);
    return healthOf({
      database: { status: database },
      broker: { status: okIf(isBrokerWell) },
      consumer: { ...this.events.report() },
      marks: { status: 'ok', checked: this.marks.isOn },
      lag: { status: okIf(records !== null && records <= LARGE_LAG), records },
    });
  }
}
