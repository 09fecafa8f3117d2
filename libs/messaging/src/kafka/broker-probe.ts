import { Injectable, type BeforeApplicationShutdown } from '@nestjs/common';
import { withinDeadline } from '#app/timing';
import type { Admin, Kafka } from 'kafkajs';

const ANSWER_MS = 2_000;

/** Whether the brokers serve some topics now. A relay that is idle or stands by would not notice otherwise. */
@Injectable()
export class BrokerProbe implements BeforeApplicationShutdown {
  private admin: Admin | undefined;
  private asking: Promise<boolean> | undefined;

  /** @param topics full names */
  constructor(
    private readonly kafka: Kafka,
    private readonly topics: readonly string[],
  ) {}

  /** Returns false also where the answer takes too long. Concurrent callers share one request. */
  async isWell(): Promise<boolean> {
    this.asking ??= this.ask().finally(() => (this.asking = undefined));
    return withinDeadline(this.asking, ANSWER_MS, () => new Error('The broker does not answer.')).catch(() => false);
  }

  async beforeApplicationShutdown(): Promise<void> {
    const { admin } = this;
    this.admin = undefined;
    await admin?.disconnect().catch(() => undefined);
  }

  private async ask(): Promise<boolean> {
    const admin = this.admin ?? this.kafka.admin();
    try {
      if (admin !== this.admin) await admin.connect();
      this.admin = admin;
      const { topics } = await admin.fetchTopicMetadata({ topics: [...this.topics] });
      return topics.every(({ partitions }) => partitions.length > 0 && partitions.every(({ leader }) => leader >= 0));
    } catch {
      this.admin = undefined;
      await admin.disconnect().catch(() => undefined);
      return false;
    }
  }
}
