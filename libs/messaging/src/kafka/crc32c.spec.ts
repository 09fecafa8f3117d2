import { createRequire } from 'node:module';
import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { crc32c } from './crc32c.js';

const require = createRequire(import.meta.url);
const ofKafkajs = require('kafkajs/src/protocol/recordBatch/crc32C') as (bytes: Uint8Array) => number;

describe('the checksum of a record batch', () => {
  it('when the text is 123456789 / is the one that the algorithm is known by', () => {
    expect(crc32c(Buffer.from('123456789'))).toBe(0xe3069283);
  });

  it('when the bytes are any / is that of kafkajs', () => {
    fc.assert(fc.property(fc.uint8Array({ maxLength: 300 }), (bytes) => crc32c(bytes) === ofKafkajs(bytes)));
  });
});
