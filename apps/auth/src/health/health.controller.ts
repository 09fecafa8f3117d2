import { EntityManager } from '@mikro-orm/postgresql';
import { Controller, Get, Res } from '@nestjs/common';
import { HealthCheckService, HealthIndicatorService } from '@nestjs/terminus';
import { KafkaEventStrategy } from '@app/messaging';
import type { FastifyReply } from 'fastify';

type Status = 'ok' | 'degraded' | 'down';

/** More records than this that wait to be applied are told as degraded. */
const LARGE_LAG = 10_000;
const LAG_TIMEOUT_MS = 2_000;

/** Whether the process lives, whether it can serve, and how each part is. */
@Controller('health')
export class HealthController {
  constructor(
    private readonly checks: HealthCheckService,
    private readonly indicators: HealthIndicatorService,
    private readonly em: EntityManager,
    private readonly events: KafkaEventStrategy,
  ) {}

  @Get('live')
  live(): { status: Status } {
    return { status: 'ok' };
  }

  /** The database alone: people sign in while the broker is away. */
  @Get('ready')
  ready() {
    return this.checks.check([() => this.databaseIndicator()]);
  }

  @Get()
  async health(@Res({ passthrough: true }) reply: FastifyReply) {
    const [isDatabaseUp, records] = await Promise.all([this.isDatabaseUp(), lagWithin(this.events, LAG_TIMEOUT_MS)]);
    const database: Status = isDatabaseUp ? 'ok' : 'down';
    const { status: consumer, joined, stopped, ...report } = this.events.report();
    const broker: Status = joined && (records !== null || !isDatabaseUp) ? 'ok' : 'degraded';
    const lag: Status = records === null || records > LARGE_LAG ? 'degraded' : 'ok';
    const isWell = [broker, consumer, lag].every((status) => status === 'ok');
    const status: Status = database === 'down' ? 'down' : isWell ? 'ok' : 'degraded';
    void reply.status(database === 'down' ? 503 : 200);
    return {
      status,
      parts: {
        database: { status: database },
        broker: { status: broker },
        consumer: { status: consumer, joined, ...report, stopped },
        lag: { status: lag, records },
      },
    };
  }

  private async databaseIndicator() {
    const indicator = this.indicators.check('database');
    return (await this.isDatabaseUp()) ? indicator.up() : indicator.down();
  }

  private async isDatabaseUp(): Promise<boolean> {
    return this.em
      .fork()
      .execute('select 1')
      .then(() => true)
      .catch(() => false);
  }
}

/** Records that wait to be applied; null where that cannot be told in time. */
export async function lagWithin(events: KafkaEventStrategy, ms: number): Promise<number | null> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<null>((resolve) => (timer = setTimeout(() => resolve(null), ms)));
  const lag = await Promise.race([events.lag().catch(() => null), late]);
  clearTimeout(timer);
  return lag;
}
