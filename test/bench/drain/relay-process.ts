import { Logger } from '@nestjs/common';
import { createKafka, OutboxRelay } from '#app/messaging';

/** A relay alone, in a process whose memory and CPU are looked at from outside. */
const [databaseUrl = '', brokers = '', partitions = ''] = process.argv.slice(2);
Logger.overrideLogger(false);
const kafka = createKafka({ brokers: brokers.split(','), clientId: 'bench-relay' }, new Logger('Kafka'));
new OutboxRelay(kafka, {
  ...{ databaseUrl, applicationName: 'contact-sync relay', partitions: Number(partitions), pollMs: 500 },
}).start();
