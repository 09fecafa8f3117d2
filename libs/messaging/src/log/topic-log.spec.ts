import { describe, expect, it } from '@jest/globals';
import { Kafka, logLevel } from 'kafkajs';
import {
  createCluster,
  type FetchedPartition,
  type FetchRequest,
  type KafkaBroker,
  type KafkaCluster,
} from '../kafka/kafka-cluster.js';
import { TopicLog } from './topic-log.js';

/** Of each partition what a fetch brings, by how many partitions it asks for. */
type Answers = (
  partition: number,
  fetchOffset: number,
  alone: boolean,
) => Pick<FetchedPartition, 'highWatermark' | 'lastStableOffset' | 'messages'>;

async function logOf(answers: Answers): Promise<TopicLog> {
  const fetch = ({ topics }: FetchRequest) => {
    const { topic, partitions } = topics[0]!;
    const alone = partitions.length === 1;
    const answer = ({ partition, fetchOffset }: (typeof partitions)[number]) => ({
      partition,
      ...answers(partition, Number(fetchOffset), alone),
    });
    return Promise.resolve({ responses: [{ topicName: topic, partitions: partitions.map(answer) }] });
  };
  const cluster: KafkaCluster = {
    connect: () => Promise.resolve(),
    disconnect: () => Promise.resolve(),
    addMultipleTargetTopics: () => Promise.resolve(),
    findTopicPartitionMetadata: () => [0, 1].map((partitionId) => ({ partitionId, leader: 1 })),
    fetchTopicsOffset: () => Promise.resolve([]),
    findGroupCoordinator: () => Promise.reject(new Error('Not asked for.')),
    findBroker: () => Promise.resolve({ fetch } as unknown as KafkaBroker),
    brokerPool: {} as KafkaCluster['brokerPool'],
  };
  return TopicLog.open({} as Kafka, ['a'], cluster);
}

const message = (offset: number, isControlRecord = false) => ({
  offset: String(offset),
  timestamp: '1',
  key: null,
  value: Buffer.from(`${offset}`),
  attributes: 0,
  isControlRecord,
  batchContext: { producerId: '-1', inTransaction: false },
});
const offsetsOf = (chunks: Awaited<ReturnType<TopicLog['fetchNow']>>) =>
  chunks.map(({ partitionIndex, records, next }) => ({ partitionIndex, offsets: records.map(({ offset }) => offset), next }));

describe('a log', () => {
  it('when compaction has left a batch without records / skips it offset by offset, because the client does not show where it ends', async () => {
    const log = await logOf((partition, offset) => ({
      highWatermark: partition === 0 ? '10' : '0',
      messages: partition === 0 && offset > 4 ? [message(7)] : [],
    }));
    const position = [3, 0];
    const seen: number[] = [];
    for (let round = 0; round < 3; round++) {
      for (const { partitionIndex, records, next } of await log.fetchNow(position)) {
        seen.push(...records.map(({ offset }) => offset));
        position[partitionIndex] = next;
      }
    }
    expect(seen).toEqual([7]);
    expect(position).toEqual([8, 0]);
  });
});

describe('a log of several partitions', () => {
  it('when others have taken all the room of a fetch / fetches the partition that was left out alone, and skips nothing', async () => {
    const log = await logOf((partition, _, alone) => ({
      highWatermark: '10',
      messages: partition === 0 ? [message(3)] : alone ? [message(5)] : [],
    }));
    expect(offsetsOf(await log.fetchNow([3, 5]))).toEqual([
      { partitionIndex: 0, offsets: [3], next: 4 },
      { partitionIndex: 1, offsets: [5], next: 6 },
    ]);
  });
});

describe('a log with an open transaction', () => {
  it('when it is read up to there / stays before the transaction, since its records can still be committed', async () => {
    const log = await logOf(() => ({ highWatermark: '10', lastStableOffset: '4', messages: [] }));
    expect(await log.fetchNow([4, 4])).toEqual([]);
  });
});

describe('a batch of a log', () => {
  it('when it begins before the position and ends in a control record / neither the earlier records nor the control record are returned, and the log continues after it', async () => {
    const log = await logOf((partition) => ({
      highWatermark: partition === 0 ? '9' : '0',
      messages: partition === 0 ? [message(6), message(7), message(8, true)] : [],
    }));
    expect(offsetsOf(await log.fetchNow([7, 0]))).toEqual([{ partitionIndex: 0, offsets: [7], next: 9 }]);
  });
});

describe('the pinned kafkajs', () => {
  it('when logs are read / has the cluster factory for it', () => {
    const cluster = createCluster(new Kafka({ brokers: ['127.0.0.1:1'], logLevel: logLevel.NOTHING }));
    const used = [
      'connect',
      'disconnect',
      'addMultipleTargetTopics',
      'findTopicPartitionMetadata',
      'fetchTopicsOffset',
      'findBroker',
    ];
    expect(used.filter((name) => typeof cluster[name as keyof KafkaCluster] !== 'function')).toEqual([]);
  });
});
