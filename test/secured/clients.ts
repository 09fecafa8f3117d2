import { Logger } from '@nestjs/common';
import { createKafka } from '#app/messaging';
import { readKafkaConnection, SettingsReader } from '#app/settings';
import type { Kafka } from 'kafkajs';

/** The product's own client, by the settings of an app. */
export function clientOf(environment: Record<string, string>): Kafka {
  const settings = new SettingsReader(environment);
  return createKafka({ ...settings.accept(readKafkaConnection(settings)), clientId: 'secured' }, new Logger('Kafka'));
}
