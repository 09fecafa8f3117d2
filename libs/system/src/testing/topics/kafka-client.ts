import kafkajs, { type Admin, type Kafka, type Producer } from 'kafkajs';

/** A plain client of the brokers, with nothing of our own delivery in between. */
export const plainKafka = (brokers: readonly string[], clientId = 'test'): Kafka =>
  new kafkajs.Kafka({ brokers: [...brokers], clientId, logLevel: kafkajs.logLevel.NOTHING });

/** Lends an admin client. */
export async function withAdmin<T>(brokers: readonly string[], work: (admin: Admin) => Promise<T>): Promise<T> {
  const admin = plainKafka(brokers, 'test-admin').admin();
  await admin.connect();
  try {
    return await work(admin);
  } finally {
    await admin.disconnect();
  }
}

/** Lends a producer that writes each record once, and makes no topic. */
export async function withProducer<T>(brokers: readonly string[], work: (producer: Producer) => Promise<T>): Promise<T> {
  const producer = plainProducer(plainKafka(brokers, 'test-writer'));
  await producer.connect();
  try {
    return await work(producer);
  } finally {
    await producer.disconnect();
  }
}

/** Idempotent: what is sent again while the leaders of a new topic are found must not be there twice. */
export const plainProducer = (kafka: Kafka): Producer =>
  kafka.producer({
    idempotent: true,
    maxInFlightRequests: 1,
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
