import { expect, it } from '@jest/globals';
import { KafkaServer, freePort, kafkaJars, temporaryHost } from '#app/system';
import { plainKafka } from '#app/system/testing';
import { PartitionProducer } from './partition-producer.js';

const SLOW_MS = 120_000;

it(
  'when a broker has just started, and has no ids for producers yet / waits for one',
  async () => {
    const { folder, watchdog } = temporaryHost('producer');
    try {
      const options = { ...folder.serverFiles('kafka'), port: await freePort(), jars: kafkaJars('java') };
      const server = new KafkaServer(options, watchdog, new Map());
      for (let start = 0; start < 2; start++) {
        const { broker } = await server.start();
        const producer = await PartitionProducer.connect(plainKafka([broker]));
        expect(producer).toBeInstanceOf(PartitionProducer);
        await producer.close();
        await server.stop('SIGKILL');
      }
    } finally {
      await watchdog.close();
    }
  },
  SLOW_MS,
);
