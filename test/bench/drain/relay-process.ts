import { Logger } from '@nestjs/common';
import { createKafka, OutboxRelay } from '#app/messaging';

/** A relay alone in a process, so that its memory and CPU can be measured from outside. */
const [databaseUrl = '', brokers = '', partitions = ''] = process.argv.slice(2);
Logger.overrideLogger(false);
const kafka = createKafka({ brokers: brokers.split(','), clientId: 'bench-relay' }, new Logger('Kafka'));
new OutboxRelay(kafka, {
  databaseUrl,
  applicationName: 'contact-sync relay',
  partitions: Number(partitions),
  pollMs: 500,
}).start();
