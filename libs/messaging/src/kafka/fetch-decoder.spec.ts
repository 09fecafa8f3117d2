import { createRequire } from 'node:module';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { Logger } from '@nestjs/common';
import { compressFrameSync } from 'lz4-napi';
import { compressSync } from 'snappy';
import { createKafka } from './kafka-client.js';
import type { FetchedMessage } from './kafka-cluster.js';
import { planBatch, type ProducedRecord } from './record-batch.js';

const require = createRequire(import.meta.url);
type Decode = (bytes: Buffer) => Promise<{ responses: { partitions: { messages: FetchedMessage[] }[] }[] }>;
type Fetch = { protocol: (choice: { version: number }) => (options: object) => { response: { decode: Decode } } };
const { requests } = require('kafkajs/src/protocol/requests') as { requests: { Fetch: Fetch } };

const VERSIONS = [4, 5, 7, 8, 11];
const decoderOf = (version: number): Decode => requests.Fetch.protocol({ version })({ topics: [] }).response.decode;
const ofKafkajs = new Map(VERSIONS.map((version) => [version, decoderOf(version)]));
createKafka({ brokers: ['127.0.0.1:1'], clientId: 'spec' }, new Logger('Kafka'));

const FIRST_OFFSET = 1_000;
const HEAD_BYTES = 61;
const AT = { offset: 0, length: 8, attributes: 21 } as const;
const GZIP = 1;
const LZ4 = 3;
const ZSTD = 4;
const SNAPPY = 2;
const MiB = 1024 * 1024;
const LOG_APPEND_TIME = 8;

function batchOf(records: ProducedRecord[], attributes = 0, compress = (bytes: Buffer) => bytes): Buffer {
  const { size, write } = planBatch(records, { producerId: '4711', producerEpoch: 0, firstSequence: 0 });
  const plain = Buffer.alloc(size);
  write(plain, 0);
  const bytes = Buffer.concat([plain.subarray(0, HEAD_BYTES), compress(plain.subarray(HEAD_BYTES))]);
  bytes.writeBigInt64BE(BigInt(FIRST_OFFSET), AT.offset);
  bytes.writeInt32BE(bytes.length - 12, AT.length);
  bytes.writeInt16BE(attributes, AT.attributes);
  return bytes;
}

const int = (bits: 16 | 32 | 64, value: number): Buffer => {
  const bytes = Buffer.alloc(bits / 8);
  if (bits === 64) bytes.writeBigInt64BE(BigInt(value));
  else bytes.writeIntBE(value, 0, bits / 8);
  return bytes;
};

/** The broker's answer to a fetch of one partition, with one aborted transaction. */
function answerOf(records: Buffer, version: number): Buffer {
  const from = (first: number, ...fields: Buffer[]) => (version >= first ? fields : []);
  return Buffer.concat([
    int(32, 7),
    ...from(7, int(16, 0), int(32, 3)),
    ...[int(32, 1), int(16, 1), Buffer.from('t'), int(32, 1), int(32, 5), int(16, 0), int(64, 2_000), int(64, 1_900)],
    ...from(5, int(64, 1)),
    ...[int(32, 1), int(64, 4_711), int(64, 1_500)],
    ...from(11, int(32, 2)),
    ...[int(32, records.length), records],
  ]);
}

async function messagesOf(records: Buffer): Promise<FetchedMessage[]> {
  const { responses } = await decoderOf(11)(answerOf(records, 11));
  return responses[0]!.partitions[0]!.messages;
}

const record = (headers: ProducedRecord['headers'] = {}, value: ProducedRecord['value'] = 'v'): ProducedRecord => ({
  key: '1',
  value,
  headers,
});

describe('fetched records', () => {
  const plain = [
    record({ a: 'x', b: ['1', '2', '3'] }),
    record({}, null),
    { key: null, value: '', headers: { none: null as never } },
  ];
  it.each([
    ['plain batches', Buffer.concat([batchOf(plain), batchOf(plain)])],
    ['a compressed batch', batchOf(plain, GZIP, gzipSync)],
    ["the broker's time", batchOf(plain, LOG_APPEND_TIME)],
    ['a last batch that is cut off', Buffer.concat([batchOf(plain), batchOf(plain).subarray(0, 80)])],
    ['no records', Buffer.alloc(0)],
  ])('when the answer has %s / are those that kafkajs reads, in each version', async (_, records) => {
    for (const version of VERSIONS) {
      const bytes = answerOf(records, version);
      const theirs = JSON.parse(JSON.stringify(await ofKafkajs.get(version)!(bytes))) as object;
      expect(theirs).toMatchObject(JSON.parse(JSON.stringify(await decoderOf(version)(bytes))) as object);
    }
  });

  it('when headers have names of properties that all objects have / have their values', async () => {
    const headers = Object.fromEntries(
      ['__proto__', 'constructor', 'toString', 'twice'].map((name) => [name, name === 'twice' ? ['1', '2'] : 'x']),
    );
    const [message] = await messagesOf(batchOf([record(headers)]));
    const x = Buffer.from('x');
    expect(Object.entries(message!.headers!)).toEqual([
      ['__proto__', x],
      ['constructor', x],
      ['toString', x],
      ['twice', [Buffer.from('1'), Buffer.from('2')]],
    ]);
    expect(Object.getPrototypeOf(message!.headers)).toBe(Object.prototype);
  });

  it('when a record has 100,000 headers, or one header as often / are read with all of them', async () => {
    const names = Array.from({ length: 100_000 }, (_, index) => `${index}`);
    const batch = batchOf([record(Object.fromEntries(names.map((name) => [name, name]))), record({ same: names })]);
    const [many, repeated] = await messagesOf(batch);
    expect(Object.keys(many!.headers!)).toHaveLength(names.length);
    expect(repeated!.headers!['same']).toHaveLength(names.length);
  });

  it('when a batch has 150,000 records / are all there, in order', async () => {
    const keys = Array.from({ length: 150_000 }, (_, index) => `${index}`);
    const messages = await messagesOf(batchOf(keys.map((key) => ({ key, value: null, headers: {} }))));
    expect(messages.map(({ key }) => key!.toString())).toEqual(keys);
    expect(messages.at(-1)!.offset).toBe(String(FIRST_OFFSET + keys.length - 1));
  });

  const zeros = record({}, Buffer.alloc(17 * MiB));
  it.each<[string, Buffer, string]>([
    ['is too long once decompressed from gzip', batchOf([record(), zeros], GZIP, gzipSync), 'ERR_BUFFER_TOO_LARGE'],
    ['is too long once decompressed from lz4', batchOf([record(), zeros], LZ4, compressFrameSync), 'ERR_BUFFER_TOO_LARGE'],
    [
      'is too long once decompressed from snappy',
      batchOf([record(), zeros], SNAPPY, (bytes) => compressSync(bytes)),
      'ERR_BUFFER_TOO_LARGE',
    ],
    ['is too long once decompressed from zstd', batchOf([record(), zeros], ZSTD, zstdCompressSync), 'ERR_BUFFER_TOO_LARGE'],
    ['cannot be decompressed', batchOf([record(), record()], GZIP), 'Z_DATA_ERROR'],
  ])('when a batch %s / one record without content stands for it, at its last offset', async (_, batch, code) => {
    const [one, next, ...others] = await messagesOf(Buffer.concat([batch, batchOf([record()])]));
    expect(one).toMatchObject({ offset: String(FIRST_OFFSET + 1), key: null, value: null });
    expect(String(one!.headers!['dl_cut'])).toBe(`the whole batch: ${code}`);
    expect([next!.value, others]).toEqual([Buffer.from('v'), []]);
  });

  it('when several batches are too long together / those that fit are read, and at least one', async () => {
    const tenMiB = batchOf([record({}, Buffer.alloc(10 * MiB))], GZIP, gzipSync);
    expect(await messagesOf(Buffer.concat([tenMiB, tenMiB, tenMiB]))).toHaveLength(2);
  });
});
