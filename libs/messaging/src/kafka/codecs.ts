import { promisify } from 'node:util';
import { gzip, unzip, zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappy';

interface Codec {
  compress(records: { buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Most bytes of a decompressed batch: 2 MiB of gzip can hold 2 GB, which end the process. */
export const MOST_BYTES = 16 * 1024 * 1024;
const BOUND = { maxOutputLength: MOST_BYTES } as const;

/** For decoders that have no bound. @throws as zlib does */
function assertWithinBound(bytes: number): void {
  if (bytes > MOST_BYTES) throw Object.assign(new RangeError(`More than ${MOST_BYTES} bytes.`), { code: 'ERR_BUFFER_TOO_LARGE' });
}

/** Java's framing of snappy: a magic, two versions, and blocks with their lengths. Other clients send one block without it. */
const XERIAL = { magic: Buffer.from('82534e4150505900', 'hex'), headerBytes: 16, lengthBytes: 4 } as const;

async function decompressSnappy(bytes: Buffer): Promise<Buffer> {
  const blocks = snappyBlocks(bytes);
  assertWithinBound(blocks.reduce((sum, block) => sum + snappyBytes(block), 0));
  return Buffer.concat((await Promise.all(blocks.map((block) => uncompressSnappy(block, { asBuffer: true })))) as Buffer[]);
}

function snappyBlocks(bytes: Buffer): Buffer[] {
  if (!bytes.subarray(0, XERIAL.magic.length).equals(XERIAL.magic)) return [bytes];
  const blocks: Buffer[] = [];
  for (let at: number = XERIAL.headerBytes; at < bytes.length;) {
    const end = at + XERIAL.lengthBytes + bytes.readUInt32BE(at);
    blocks.push(bytes.subarray(at + XERIAL.lengthBytes, end));
    at = end;
  }
  return blocks;
}

/** How many bytes a block holds: it begins with that number, seven bits in each byte. */
function snappyBytes(block: Buffer): number {
  const last = block.findIndex((byte) => byte < 0x80);
  return block.subarray(0, last + 1).reduce((sum, byte, index) => sum + (byte & 0x7f) * 2 ** (7 * index), 0);
}

/** LZ4's frame: flags behind its magic, then the blocks' greatest size, then what the flags announce, then blocks with their sizes. */
const LZ4 = {
  flagsAt: 4,
  sizeAt: 5,
  fieldsAt: 6,
  blockChecksum: 0x10,
  contentSize: 0x08,
  dictionary: 0x01,
  plain: 0x80000000,
} as const;
/** A block of LZ4 becomes at most this many times as long. */
const LZ4_MOST_TIMES = 255;

/** At most how many bytes a frame holds. */
function lz4Bytes(frame: Buffer): number {
  const flags = frame[LZ4.flagsAt]!;
  const blockBytes = 2 ** (8 + 2 * ((frame[LZ4.sizeAt]! >> 4) & 7));
  const headerChecksum = 1;
  let at = LZ4.fieldsAt + (flags & LZ4.contentSize ? 8 : 0) + (flags & LZ4.dictionary ? 4 : 0) + headerChecksum;
  let most = 0;
  while (at + 4 <= frame.length) {
    const size = frame.readUInt32LE(at);
    if (size === 0) break;
    const length = size & ~LZ4.plain;
    most += size >= LZ4.plain ? length : Math.min(blockBytes, length * LZ4_MOST_TIMES);
    at += 4 + length + (flags & LZ4.blockChecksum ? 4 : 0);
  }
  return most;
}

async function decompressLz4(frame: Buffer): Promise<Buffer> {
  assertWithinBound(lz4Bytes(frame));
  return decompressFrame(frame);
}

const CODECS: Record<number, Codec> = {
  [kafkajs.CompressionTypes.GZIP]: {
    compress: ({ buffer }) => promisify(gzip)(buffer),
    decompress: (bytes) => promisify(unzip)(bytes, BOUND),
  },
  [kafkajs.CompressionTypes.Snappy]: { compress: ({ buffer }) => compressSnappy(buffer), decompress: decompressSnappy },
  [kafkajs.CompressionTypes.LZ4]: {
    compress: ({ buffer }) => compressFrame(buffer),
    decompress: decompressLz4,
  },
  [kafkajs.CompressionTypes.ZSTD]: {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (bytes) => promisify(zstdDecompress)(bytes, BOUND),
  },
};

/** Lets kafkajs read every compression that producers or operators can choose, within a bound; by itself it knows only gzip, without one. */
export function registerCodecs(): void {
  for (const [type, codec] of Object.entries(CODECS)) kafkajs.CompressionCodecs[Number(type) as never] = (() => codec) as never;
}
