import { bytesOf, isRecordedBytes, recordedBytes, type RecordedBytes } from './recorded-bytes.js';

/** A record of a topic with its position, as a recording keeps it: key, headers and value to the byte. */
export interface RecordedEvent {
  /** The full name of the topic it was read from. */
  topic: string;
  partition: number;
  /** Decimal text: a number above 2^53 would lose digits. */
  offset: string;
  /** Milliseconds since 1970, by the broker. */
  timestamp: number;
  key: Uint8Array | null;
  /** A repeated header has all its values; a header can have none. */
  headers: Record<string, HeaderBytes | HeaderBytes[]>;
  /** Null for a tombstone. */
  value: Uint8Array | null;
}

/** The value of a header; Kafka lets it be null. */
type HeaderBytes = Uint8Array | null;

/** An unreadable recording or line: the message says which line, and shows no content. */
export class UnreadableRecording extends Error {
  override readonly name = 'UnreadableRecording';
}

const FORMAT = 'contact-sync-recording';
const VERSION = 1;

/** An array, or items that arrive one by one. */
type Items<T> = Iterable<T> | AsyncIterable<T>;

/**
 * Writes records as a recording: JSON Lines; the first line names the format.
 *
 * Each further line is a {@link RecordedEvent} whose bytes (key, value, headers) are a string if they are UTF-8, else
 * `{"base64": "…"}`. The lines keep the records' order.
 */
export async function* writeRecording(records: Items<RecordedEvent>): AsyncGenerator<string, void> {
  yield JSON.stringify({ format: FORMAT, version: VERSION });
  for await (const { topic, partition, offset, timestamp, key, headers, value } of records) {
    const place = { topic, partition, offset, timestamp };
    const [text, data] = [key, value].map(recordedOrNull);
    yield JSON.stringify({ ...place, key: text, headers: mapHeaders(headers, recordedOrNull), value: data });
  }
}

/**
 * Reads a recording from its lines; skips empty lines and unknown fields.
 * @throws {UnreadableRecording}
 */
export async function* readRecording(lines: Items<string>): AsyncGenerator<RecordedEvent, void> {
  let number = 0;
  let isNamed = false;
  for await (const line of lines) {
    number++;
    if (line.trim() === '') continue;
    const content = parse(line, number);
    if (isNamed) yield recordOf(content, number);
    else isNamed = requireFormat(content, number);
  }
  if (!isNamed) throw new UnreadableRecording('It is empty: not even the format is named.');
}

function requireFormat({ format, version }: Record<string, unknown>, number: number): true {
  if (format !== FORMAT) throw new UnreadableRecording(`Line ${number} does not name the format, ${FORMAT}.`);
  if (version !== VERSION) throw new UnreadableRecording(`The recording is not of version ${VERSION}, which is known here.`);
  return true;
}

type Line = { [K in keyof RecordedEvent]: unknown };
type RecordedOrNull = RecordedBytes | null;
type RecordedHeaders = Record<string, RecordedOrNull | RecordedOrNull[]>;

const recordedOrNull = (bytes: Uint8Array | null): RecordedOrNull => bytes && recordedBytes(bytes);
const isRecordedOrNull = (value: unknown): boolean => value === null || isRecordedBytes(value);
const bytesOrNull = (recorded: RecordedOrNull): Uint8Array | null => (recorded === null ? null : bytesOf(recorded));

function recordOf(content: Record<string, unknown>, number: number): RecordedEvent {
  const { topic, partition, offset, timestamp, key, headers, value } = content as unknown as Line;
  const isSound =
    typeof topic === 'string' &&
    Number.isSafeInteger(partition) &&
    typeof offset === 'string' &&
    /^\d+$/.test(offset) &&
    Number.isSafeInteger(timestamp) &&
    [key, value].every(isRecordedOrNull) &&
    isObject(headers) &&
    Object.values(headers).flat().every(isRecordedOrNull);
  if (!isSound) throw new UnreadableRecording(`Line ${number} is no record.`);
  const [keyBytes, valueBytes] = [key, value].map((bytes) => bytesOrNull(bytes as RecordedOrNull));
  return {
    topic,
    partition: partition as number,
    offset,
    timestamp: timestamp as number,
    key: keyBytes!,
    headers: mapHeaders(headers as RecordedHeaders, bytesOrNull),
    value: valueBytes!,
  };
}

const mapHeaders = <A, B>(headers: Record<string, A | A[]>, map: (one: A) => B): Record<string, B | B[]> =>
  Object.fromEntries(
    Object.entries(headers).map(([name, one]) => [name, Array.isArray(one) ? one.map((each) => map(each)) : map(one)]),
  );

function parse(line: string, number: number): Record<string, unknown> {
  try {
    const content: unknown = JSON.parse(line);
    if (isObject(content)) return content;
  } catch {
    // The error below leaves the line out.
  }
  throw new UnreadableRecording(`Line ${number} is no JSON object.`);
}

const isObject = (value: unknown): value is Record<string, unknown> =>
  typeof value === 'object' && value !== null && !Array.isArray(value);
