import { createRequire } from 'node:module';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from '@jest/globals';
import { crc32c } from './crc32c.js';
import { gzipped, planBatch, type ProducedRecord } from './record-batch.js';

const require = createRequire(import.meta.url);
type Factory = (options: object) => { buffer: Buffer };
const kafkajsRecord = require('kafkajs/src/protocol/recordBatch/record/v0') as Factory;
const { RecordBatch } = require('kafkajs/src/protocol/recordBatch/v0') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};
const decodeRecord = require('kafkajs/src/protocol/recordBatch/record/v0/decoder') as (
  decoder: object,
  batch: object,
) => ProducedRecord;
const Decoder = require('kafkajs/src/protocol/decoder') as new (bytes: Buffer) => { readVarInt(): number };

const IDENTITY = { producerId: '4711', producerEpoch: 3, firstSequence: 99 };
const HEAD_BYTES = 61;
const BEFORE = 5;
const TIMES = { from: 27, to: 43 };

/** Written behind other bytes, which it must not touch. */
function encode(records: ProducedRecord[]): Buffer {
  const { size, write } = planBatch(records, IDENTITY);
  const bytes = Buffer.alloc(BEFORE + size + 1, 1);
  expect(write(bytes, BEFORE)).toBe(BEFORE + size);
  expect([bytes[BEFORE - 1], bytes[BEFORE + size]]).toEqual([1, 1]);
  return bytes.subarray(BEFORE, BEFORE + size);
}

/** Without what hangs on the time of the call: the two times, and the checksum over them. */
const timeless = (bytes: Buffer): string =>
  [bytes.subarray(0, 17), bytes.subarray(21, TIMES.from), bytes.subarray(TIMES.to)].map((part) => part.toString('hex')).join();

describe('a batch of records', () => {
  it.each<[string, ProducedRecord[]]>([
    ['of one record', [{ key: '7', value: '{}', headers: { ce_id: 'x' } }]],
    [
      'with bytes, repeated headers and letters outside ASCII',
      [{ key: Buffer.from([0, 255]), value: 'é€😀', headers: { a: ['1', Buffer.from([0, 9])] } }],
    ],
    [
      'with headers at which one more byte is needed, alone and among others',
      [63, 64, 8_192].map((length) => ({ key: '1', value: 'v', headers: { a: 'x'.repeat(length), b: 'é', c: 'plain' } })),
    ],
    [
      'with a header of ASCII alone at which one more byte is needed',
      [63, 64, 8_192].map((length) => ({ key: '1', value: 'v', headers: { a: 'x'.repeat(length), c: '\0\x7f' } })),
    ],
    [
      'with a tombstone, an empty value and no headers',
      [
        { key: null, value: null, headers: undefined },
        { key: '', value: '', headers: {} },
      ],
    ],
    [
      'with lengths at which one more byte is needed',
      [63, 64, 8_191, 8_192, 70_000].map((length) => ({ key: '1', value: 'x'.repeat(length), headers: {} })),
    ],
    [
      'of many records',
      Array.from({ length: 300 }, (_, index) => ({ key: `${index}`, value: `v${index}`, headers: { n: `${index}` } })),
    ],
  ])('%s / has the same bytes as from kafkajs', async (_, records) => {
    const theirs = await RecordBatch({
      ...IDENTITY,
      lastOffsetDelta: records.length - 1,
      records: records.map((record, offsetDelta) => kafkajsRecord({ ...record, offsetDelta })),
    });
    expect(timeless(encode(records))).toBe(timeless(theirs.buffer));
  });

  it('when it is compressed / has the same records, by gzip', () => {
    const records = [63, 8_192].map((length) => ({ key: '1', value: 'x'.repeat(length), headers: { a: 'b' } }));
    const plain = planBatch(records, IDENTITY);
    const { size, write } = gzipped(plain);
    const [before, bytes] = [Buffer.alloc(plain.size), Buffer.alloc(size)];
    plain.write(before, 0);
    expect(write(bytes, 0)).toBe(size);
    expect(gunzipSync(bytes.subarray(HEAD_BYTES))).toEqual(before.subarray(HEAD_BYTES));
    const head = { length: bytes.readInt32BE(8), attributes: bytes.readInt16BE(21), checksum: bytes.readUInt32BE(17) };
    expect(head).toEqual({ length: size - 12, attributes: 1, checksum: crc32c(bytes.subarray(21)) });
    expect(bytes.subarray(TIMES.to, HEAD_BYTES)).toEqual(before.subarray(TIMES.to, HEAD_BYTES));
    expect(bytes.readInt32BE(23)).toBe(before.readInt32BE(23));
  });

  it('when a header is null, which kafkajs cannot write / is read back unchanged', () => {
    const record = { key: Buffer.from('1'), value: Buffer.from('v'), headers: { none: null as never, some: Buffer.from('s') } };
    const decoder = new Decoder(encode([record]).subarray(HEAD_BYTES));
    decoder.readVarInt();
    expect(decodeRecord(decoder, { firstOffset: '0', firstTimestamp: '0' })).toMatchObject(record);
  });
});
