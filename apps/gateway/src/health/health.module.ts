import { Logger, Module, type DynamicModule } from '@nestjs/common';
import { TerminusModule } from '@nestjs/terminus';
import { TOPIC_SETTINGS, topicOf, type TopicName } from '#app/contracts';
import { DatabaseHealth, ReadinessController } from '#app/http';
import { BrokerProbe, createKafka } from '#app/messaging';
import type { KafkaConnection } from '#app/settings';
import type { DatabaseUrl } from '#app/postgres';
import { MIGRATION_NAMES } from '../database/migration-names.js';
import { GatewayMetrics } from './gateway-metrics.js';
import { HealthController } from './health.controller.js';
import { OutboxBacklog } from './outbox-backlog.js';

interface HealthSettings {
  databaseUrl: DatabaseUrl;
  kafka: KafkaConnection;
  topics: { prefix: string };
}

/** Health of the process and its parts, for people, load balancers and Prometheus. */
@Module({})
export class HealthModule {
  static register(settings: HealthSettings): DynamicModule {
    return {
      module: HealthModule,
      imports: [TerminusModule.forRoot({ logger: false })],
      controllers: [HealthController, ReadinessController],
      providers: [
        {
          provide: DatabaseHealth,
          useFactory: () => new DatabaseHealth({ url: settings.databaseUrl, app: 'gateway', migrations: MIGRATION_NAMES }),
        },
        GatewayMetrics,
        OutboxBacklog,
        { provide: BrokerProbe, useFactory: () => brokerProbeOf(settings) },
      ],
    };
  }
}

function brokerProbeOf({ kafka, topics: { prefix } }: HealthSettings): BrokerProbe {
  const names = Object.keys(TOPIC_SETTINGS) as TopicName[];
  return new BrokerProbe(
    createKafka({ ...kafka, clientId: 'contact-sync-gateway-health' }, new Logger('Kafka')),
    names.map((name) => topicOf(name, prefix)),
  );
}
