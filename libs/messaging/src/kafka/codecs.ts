import { promisify } from 'node:util';
import { zstdCompress, zstdDecompress } from 'node:zlib';
import kafkajs from 'kafkajs';
import { compressFrame, decompressFrame } from 'lz4-napi';
import { compress as compressSnappy, uncompress as uncompressSnappy } from 'snappy';

interface Codec {
  compress(records: { buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

/** Java's framing of snappy: a magic, two versions, and blocks with their lengths. Other clients send one block without it. */
const XERIAL = { magic: Buffer.from('82534e4150505900', 'hex'), headerBytes: 16, lengthBytes: 4 } as const;

async function decompressSnappy(bytes: Buffer): Promise<Buffer> {
  if (!bytes.subarray(0, XERIAL.magic.length).equals(XERIAL.magic)) return uncompressed(bytes);
  const blocks: Buffer[] = [];
  for (let at: number = XERIAL.headerBytes; at < bytes.length;) {
    const end = at + XERIAL.lengthBytes + bytes.readUInt32BE(at);
    blocks.push(await uncompressed(bytes.subarray(at + XERIAL.lengthBytes, end)));
    at = end;
  }
  return Buffer.concat(blocks);
}

const uncompressed = async (block: Buffer): Promise<Buffer> => (await uncompressSnappy(block, { asBuffer: true })) as Buffer;

const CODECS: Record<number, Codec> = {
  [kafkajs.CompressionTypes.Snappy]: { compress: ({ buffer }) => compressSnappy(buffer), decompress: decompressSnappy },
  [kafkajs.CompressionTypes.LZ4]: {
    compress: ({ buffer }) => compressFrame(buffer),
    decompress: (bytes) => decompressFrame(bytes),
  },
  [kafkajs.CompressionTypes.ZSTD]: {
    compress: ({ buffer }) => promisify(zstdCompress)(buffer),
    decompress: (bytes) => promisify(zstdDecompress)(bytes),
  },
};

/** Lets kafkajs read every compression that producers or operators can choose; by itself it knows only gzip. */
export function registerCodecs(): void {
  for (const [type, codec] of Object.entries(CODECS)) kafkajs.CompressionCodecs[Number(type) as never] = (() => codec) as never;
}
