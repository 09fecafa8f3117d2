import { Kafka, logLevel, Partitioners, type Consumer, type KafkaMessage } from 'kafkajs';

/** Wall-clock milliseconds, with fractions. */
export const clockMs = (): number => performance.timeOrigin + performance.now();

/** When the broker got a record, and when a consumer did. The broker's time has whole milliseconds. */
export interface SeenRecord {
  appendedAt: number;
  receivedAt: number;
}

const GIVE_UP_MS = 15_000;
const PLAIN_TOPIC = 'bench-plain';

/** The way of one event, in milliseconds. */
export interface EventTimes {
  wholeMs: number;
  toBrokerMs: number;
  toConsumerMs: number;
}

export const eventTimes = (since: number, { appendedAt, receivedAt }: SeenRecord): EventTimes => ({
  wholeMs: receivedAt - since,
  toBrokerMs: appendedAt - since,
  toConsumerMs: receivedAt - appendedAt,
});

/** A consumer of kafkajs, which keeps what it received by a name. */
export class RecordWatch {
  private readonly seen = new Map<string, SeenRecord>();
  private readonly waiting = new Map<string, (record: SeenRecord) => void>();
  private plainRecords = 0;

  private constructor(
    private readonly kafka: Kafka,
    private readonly consumer: Consumer,
  ) {}

  /** Watches the records of some topics, and those of its own topic. */
  static async start(brokers: string[], topics: readonly string[]): Promise<RecordWatch> {
    const kafka = new Kafka({ brokers, clientId: 'bench-watch', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    // As the service's topics: the time of a record is the broker's.
    const configEntries = [{ name: 'message.timestamp.type', value: 'LogAppendTime' }];
    await admin.createTopics({ topics: [{ topic: PLAIN_TOPIC, numPartitions: 1, configEntries }], waitForLeaders: true });
    await admin.disconnect();
    const watch = new RecordWatch(kafka, kafka.consumer({ groupId: 'bench-watch' }));
    const joined = new Promise((resolve) => watch.consumer.on('consumer.group_join', resolve));
    await watch.consumer.connect();
    await watch.consumer.subscribe({ topics: [...topics, PLAIN_TOPIC], fromBeginning: true });
    // A commit for each fetch costs the broker 0.5 ms of CPU and more, beside what is measured.
    await watch.consumer.run({
      autoCommit: false,
      eachMessage: ({ topic, message }) => Promise.resolve(watch.note(topic, message)),
    });
    await joined;
    return watch;
  }

  /** The record of a contact's version on a topic. */
  record(topic: string, contactId: number, version: number): Promise<SeenRecord> {
    return this.named(`${topic} ${contactId} ${String(version).padStart(20, '0')}`);
  }

  /** Milliseconds from kafkajs' own send to its eachMessage, one record after the other. */
  async plainLatencies(records: number): Promise<number[]> {
    const times: number[] = [];
    await this.withPlainSend(async (send) => {
      for (let n = 1; n <= records; n++) times.push((await send()).wholeMs);
    });
    return times;
  }

  /** Gives `work` a function that sends one record by kafkajs' own producer, and resolves to its way to eachMessage. */
  async withPlainSend(work: (send: () => Promise<EventTimes>) => Promise<void>): Promise<void> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    await work(async () => {
      const sequence = String(++this.plainRecords);
      const sentAt = clockMs();
      const messages = [{ key: 'plain', value: '{}', headers: { ce_sequence: sequence } }];
      await producer.send({ topic: PLAIN_TOPIC, acks: -1, messages });
      return eventTimes(sentAt, await this.named(`${PLAIN_TOPIC} plain ${sequence}`));
    });
    await producer.disconnect();
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }

  private note(topic: string, { key, headers, timestamp }: KafkaMessage): void {
    const name = `${topic} ${String(key)} ${String(headers?.['ce_sequence'])}`;
    const record = { appendedAt: Number(timestamp), receivedAt: clockMs() };
    this.seen.set(name, record);
    this.waiting.get(name)?.(record);
  }

  private named(name: string): Promise<SeenRecord> {
    const seen = this.seen.get(name);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No record ${name} was received.`)), GIVE_UP_MS);
      this.waiting.set(name, (record) => (clearTimeout(timer), resolve(record)));
    });
  }
}
