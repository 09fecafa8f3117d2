import { counted, table } from '#app/terminal';
import { shortTopic } from '../options/topics.js';
import type { EventsEnv } from '../env.js';
import { valueOf } from '../tail/event-line.js';
import type { AuthHealth } from './auth-health.js';

/** The waiting events in the gateway's outbox. */
export interface OutboxLag {
  rows: number;
  /** Seconds; null if none waits. */
  oldest_seconds: number | null;
}

/** How far the auth app has applied a partition. */
export interface PartitionLag {
  topic: string;
  partition: number;
  /** The next offset that the auth app will apply; null before its first one. */
  applied: number | null;
  end: number;
  behind: number;
}

/** What only Kafka and the auth app's database together tell. */
export interface TopicsLag {
  partitions: PartitionLag[];
  /** Neither redriven nor discarded yet. */
  deadLetters: number;
}

/** The lag of all parts. */
interface Lag {
  outbox: OutboxLag;
  /** Null if it cannot be read. */
  topics: TopicsLag | null;
  /** Null if no auth app's address is known. */
  auth: AuthHealth | null;
}

/** The lag of all parts, for people. */
export const describeLag = ({ outbox, topics, auth }: Lag, env: EventsEnv): string =>
  [describeOutbox(outbox), ...describeTopics(topics, env), ...describeHealth(auth)].join('\n');

function describeTopics(topics: TopicsLag | null, env: EventsEnv): string[] {
  if (!topics) return [];
  const { partitions, deadLetters } = topics;
  return [
    `Auth app: ${counted(sumOf(partitions), 'record')} behind`,
    table([
      ['TOPIC', 'PARTITION', 'APPLIED', 'END', 'BEHIND'],
      ...partitions.map(({ topic, partition, applied, end, behind }) =>
        [shortTopic(env, topic), partition, applied ?? '-', end, behind].map(String),
      ),
    ]),
    `Dead letters: ${deadLetters} waiting`,
  ];
}

const sumOf = (partitions: readonly PartitionLag[]): number => partitions.reduce((sum, { behind }) => sum + behind, 0);

const describeOutbox = ({ rows, oldest_seconds }: OutboxLag): string =>
  rows === 0 ? 'Outbox: empty' : `Outbox: ${counted(rows, 'row')}, the oldest ${oldest_seconds?.toFixed(1)} s old`;

function describeHealth(auth: AuthHealth | null): string[] {
  if (!auth) return [];
  const stopped = auth.stopped.map(
    ({ partition, offset, reason, since }) =>
      `  STOPPED: partition ${partition} at offset ${offset} since ${valueOf(since)}: ${valueOf(reason, 200)}`,
  );
  return [`Auth app's health: ${valueOf(auth.status)}`, ...stopped];
}
