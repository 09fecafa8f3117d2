import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { readRecording, UnreadableRecording, writeRecording, type RecordedEvent } from './recording.js';

const FORMAT = '{"format":"contact-sync-recording","version":1}';
const LINE = '{"topic":"t","partition":0,"offset":"0","timestamp":0,"key":"1","headers":{},"value":null}';

async function collect<T>(items: AsyncIterable<T>): Promise<T[]> {
  const all: T[] = [];
  for await (const item of items) all.push(item);
  return all;
}
const read = (...lines: string[]): Promise<RecordedEvent[]> => collect(readRecording(lines));

const bytes = fc.oneof(
  fc.uint8Array({ maxLength: 20 }),
  fc.string({ unit: 'binary' }).map((text) => new Uint8Array(Buffer.from(text))),
  fc.constant(Uint8Array.of(0xef, 0xbb, 0xbf, 0x7b)),
);
const record: fc.Arbitrary<RecordedEvent> = fc.record({
  topic: fc.string({ minLength: 1 }),
  partition: fc.nat(),
  offset: fc.bigInt({ min: 0n, max: 2n ** 63n - 1n }).map(String),
  timestamp: fc.nat(),
  key: fc.option(bytes),
  headers: fc.dictionary(fc.string(), fc.oneof(fc.option(bytes), fc.array(fc.option(bytes), { maxLength: 3 }))),
  value: fc.option(bytes),
});

/** A Buffer is no Uint8Array to `toEqual`. */
const plain = (records: RecordedEvent[]): unknown =>
  JSON.parse(JSON.stringify(records, (_, one: unknown) => (isBytes(one) ? Buffer.from(one as Uint8Array).toString('hex') : one)));
const isBytes = (one: unknown): boolean => one instanceof Uint8Array || (one as { type?: unknown } | null)?.type === 'Buffer';

describe('a recording', () => {
  it('when it is read / gives back each record to the byte, in its order', () =>
    fc.assert(
      fc.asyncProperty(fc.array(record, { maxLength: 5 }), async (records) => {
        const again = await collect(readRecording(writeRecording(records)));
        expect(plain(again)).toEqual(plain(records));
      }),
    ));

  it('when it is written / is JSON Lines with a first line that names the format, and readable where the bytes are text', async () => {
    const event = { topic: 't', partition: 2, offset: '7', timestamp: 5, key: Buffer.from('1'), value: Buffer.from('{"é":1}') };
    const headers = { ce_id: Buffer.from('a'), odd: [Buffer.from([0xff]), Buffer.from('b')], none: null };
    expect(await collect(writeRecording([{ ...event, headers }]))).toEqual([
      FORMAT,
      '{"topic":"t","partition":2,"offset":"7","timestamp":5,"key":"1","headers":{"ce_id":"a","odd":[{"base64":"/w=="},"b"],"none":null},"value":"{\\"é\\":1}"}',
    ]);
  });

  it('when it has empty lines or unknown fields / skips them', async () => {
    expect(await read(FORMAT, '', LINE.replace('}}', '},"later":1}'), LINE)).toHaveLength(2);
  });

  it.each([
    ['is empty', [], 'It is empty: not even the format is named.'],
    ['begins with a record', [LINE], /^Line 1 does not name the format/],
    ['is of another version', [FORMAT.replace('1', '2')], /not of version 1/],
    ['has a line that is no JSON', [FORMAT, LINE, '{"value":"secret'], /^Line 3 is no JSON object\.$/],
    ['has a line that is no record', [FORMAT, '{"topic":"t"}'], /^Line 2 is no record\.$/],
    ['has a header that is no text', [FORMAT, LINE.replace('{}', '{"a":1}')], /^Line 2 is no record\.$/],
  ])('when it %s / throws an error that names the line', async (_, lines, said) => {
    const reading = read(...lines);
    await expect(reading).rejects.toThrow(UnreadableRecording);
    await expect(reading).rejects.toThrow(said);
  });
});
