import { topicOf } from '#app/contracts';
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

/** A consumer of kafkajs, which keeps what it received by a name. */
export class RecordWatch {
  private readonly seen = new Map<string, SeenRecord>();
  private readonly waiting = new Map<string, (record: SeenRecord) => void>();

  private constructor(
    private readonly kafka: Kafka,
    private readonly consumer: Consumer,
  ) {}

  /** Watches the records of logins, and those of its own topic. */
  static async start(brokers: string[]): Promise<RecordWatch> {
    const kafka = new Kafka({ brokers, clientId: 'bench-watch', logLevel: logLevel.NOTHING });
    const admin = kafka.admin();
    await admin.connect();
    await admin.createTopics({ topics: [{ topic: PLAIN_TOPIC, numPartitions: 1 }], waitForLeaders: true });
    await admin.disconnect();
    const watch = new RecordWatch(kafka, kafka.consumer({ groupId: 'bench-watch' }));
    const joined = new Promise((resolve) => watch.consumer.on('consumer.group_join', resolve));
    await watch.consumer.connect();
    await watch.consumer.subscribe({ topics: [topicOf('portal-logins.v1'), PLAIN_TOPIC], fromBeginning: true });
    await watch.consumer.run({ eachMessage: ({ message }) => Promise.resolve(watch.note(message)) });
    await joined;
    return watch;
  }

  /** The record of a login's version. */
  ofLogin(contactId: number, version: number): Promise<SeenRecord> {
    return this.record(`${contactId} ${String(version).padStart(20, '0')}`);
  }

  /** Milliseconds from kafkajs' own send to its eachMessage, one record after the other. */
  async plainLatencies(records: number): Promise<number[]> {
    const producer = this.kafka.producer({
      idempotent: true,
      maxInFlightRequests: 1,
      createPartitioner: Partitioners.DefaultPartitioner,
    });
    await producer.connect();
    const times: number[] = [];
    for (let n = 1; n <= records; n++) {
      const sentAt = clockMs();
      await producer.send({
        topic: PLAIN_TOPIC,
        acks: -1,
        messages: [{ key: 'plain', value: '{}', headers: { ce_sequence: String(n) } }],
      });
      times.push((await this.record(`plain ${n}`)).receivedAt - sentAt);
    }
    await producer.disconnect();
    return times;
  }

  async stop(): Promise<void> {
    await this.consumer.disconnect();
  }

  private note({ key, headers, timestamp }: KafkaMessage): void {
    const name = `${String(key)} ${String(headers?.['ce_sequence'])}`;
    const record = { appendedAt: Number(timestamp), receivedAt: clockMs() };
    this.seen.set(name, record);
    this.waiting.get(name)?.(record);
  }

  private record(name: string): Promise<SeenRecord> {
    const seen = this.seen.get(name);
    if (seen) return Promise.resolve(seen);
    return new Promise((resolve, reject) => {
      const timer = setTimeout(() => reject(new Error(`No record ${name} was received.`)), GIVE_UP_MS);
      this.waiting.set(name, (record) => (clearTimeout(timer), resolve(record)));
    });
  }
}
