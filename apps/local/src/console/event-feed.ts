import { setTimeout as sleep } from 'node:timers/promises';
import type { EventsEnv } from '../../../events/src/env.js';
import { kafkaOf } from '../../../events/src/connections.js';
import { eventTopics, fullTopic } from '../../../events/src/options/topics.js';
import { judgeOf } from '../../../events/src/reading/authenticity.js';
import type { SourceRecord } from '../../../events/src/reading/shown-record.js';
import { TopicReader } from '../../../events/src/reading/topic-reader.js';
import { feedRecordOf, type FeedRecord } from './feed-record.js';
import { RecentRecords } from './recent-records.js';

/** Records of each partition that are read at the start. */
const EARLIER = 60;
const RETRY_MS = 1_000;

/** Every record of the topics as it comes, dead letters too, and the newest ones of before. */
export class EventFeed {
  private readonly kept = new RecentRecords();
  private readonly stopping = new AbortController();

  constructor(
    private readonly env: EventsEnv,
    private readonly onRecord: (record: FeedRecord) => void,
  ) {}

  /** The newest records, oldest first. */
  get recent(): readonly FeedRecord[] {
    return this.kept.all;
  }

  /** Reads until `stop`; an outage only delays the records. */
  async run(): Promise<void> {
    while (!this.stopping.signal.aborted) {
      await this.readOn().catch(() => undefined);
      await sleep(RETRY_MS, undefined, { signal: this.stopping.signal }).catch(() => undefined);
    }
  }

  stop(): void {
    this.stopping.abort();
  }

  private async readOn(): Promise<void> {
    const { env } = this;
    const topics = [...eventTopics(env), fullTopic(env, 'dead-letters')];
    const reader = await TopicReader.open({ kafka: kafkaOf(env), topics, signal: this.stopping.signal, judge: judgeOf(env) });
    try {
      const { from, to } = await reader.all();
      const start = to.map((end, index) => Math.max(from[index]!, end - EARLIER));
      for await (const record of reader.read({ from: start, to })) this.take(record);
      for await (const record of reader.follow(to)) this.take(record);
    } finally {
      await reader.close();
    }
  }

  private take(source: SourceRecord): void {
    const record = feedRecordOf(this.env, source);
    // After a failure the newest records are read again.
    if (this.kept.add(record)) this.onRecord(record);
  }
}
