import { createReadStream } from 'node:fs';
import { createInterface } from 'node:readline';
import { createGunzip } from 'node:zlib';
import { readRecording, type RecordedEvent } from '../recording.js';

/**
 * Reads all records of a recording, as `npm run events -- record` writes it; a name that ends in `.gz` is a compressed one.
 * @throws {UnreadableRecording} naming the line
 */
export async function readRecordedFile(path: string): Promise<RecordedEvent[]> {
  const file = createReadStream(path);
  const input = path.endsWith('.gz') ? file.pipe(createGunzip()) : file;
  // A piped stream does not pass its failure to the next one.
  file.once('error', (error) => input.destroy(error));
  const records: RecordedEvent[] = [];
  for await (const record of readRecording(createInterface({ input, crlfDelay: Infinity }))) records.push(record);
  return records;
}
