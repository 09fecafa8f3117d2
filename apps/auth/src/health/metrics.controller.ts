import { Controller, Get, Header } from '@nestjs/common';
import { KafkaEventStrategy, type ConsumerReport } from '@app/messaging';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { lagWithin } from './health.controller.js';

const LAG_TIMEOUT_MS = 1_000;

const MEASURES: [name: string, help: string, (report: ConsumerReport) => number][] = [
  ['records_applied', 'Records applied since the process began', ({ applied }) => applied],
  ['records_skipped', 'Records of unknown types since the process began', ({ skipped }) => skipped],
  ['records_dead_lettered', 'Records moved to the dead letters since the process began', ({ deadLettered }) => deadLettered],
  ['partitions', 'Partitions that this process reads', ({ partitions }) => partitions],
  ['partitions_stopped', 'Partitions that wait for the set-up to be repaired', ({ stopped }) => stopped.length],
  ['ok', 'Whether the consumer is well', ({ status }) => (status === 'ok' ? 1 : 0)],
];

/** The process and its consumer, as Prometheus reads them. */
@Controller('metrics')
export class MetricsController {
  private readonly registry = new Registry();

  constructor(events: KafkaEventStrategy) {
    const registers = [this.registry];
    collectDefaultMetrics({ register: this.registry });
    for (const [name, help, read] of MEASURES) {
      const collect = function (this: Gauge): void {
        this.set(read(events.report()));
      };
      new Gauge({ name: `contact_sync_consumer_${name}`, help, registers, collect });
    }
    const collect = async function (this: Gauge): Promise<void> {
      this.set((await lagWithin(events, LAG_TIMEOUT_MS)) ?? Number.NaN);
    };
    new Gauge({ name: 'contact_sync_consumer_lag_records', help: 'Records not yet applied', registers, collect });
  }

  @Get()
  @Header('Content-Type', 'text/plain; version=0.0.4; charset=utf-8')
  metrics(): Promise<string> {
    return this.registry.metrics();
  }
}
