import { decoded } from './decoded.js';

/** The export ended before its last line: what came is not everything. */
export class ExportCut extends Error {
  override readonly name = 'ExportCut';
}

/** An export that is being read, once. */
export interface Exported<Row> extends AsyncIterable<Row> {
  /** Where to go on in the event stream, as `after` of `follow`. */
  cursor: string;
  /** By topic and partition, for a Kafka reader; undefined where there are too many partitions. */
  offsets: Record<string, Record<string, number>> | undefined;
}

/** Reads the lines of an export. @throws {ExportCut} at the end, if the last line is missing */
export function exported<Row>({ body, headers }: Response): Exported<Row> {
  const offsets = headers.get('snapshot-offsets');
  return {
    cursor: headers.get('snapshot-cursor') ?? '',
    offsets: offsets === null ? undefined : (JSON.parse(offsets) as Exported<Row>['offsets']),
    [Symbol.asyncIterator]: () => rowsOf<Row>(body!),
  };
}

async function* rowsOf<Row>(body: ReadableStream<Uint8Array>): AsyncGenerator<Row, void> {
  let count = 0;
  for await (const line of linesOf(body)) {
    const row = JSON.parse(line) as Row | { end: { count: number } };
    if (!isEnd(row)) {
      count++;
      yield row;
    } else if (row.end.count === count) return;
    else throw new ExportCut(`${row.end.count} rows were announced, ${count} came.`);
  }
  throw new ExportCut(`It was cut after ${count} rows.`);
}

const isEnd = (row: unknown): row is { end: { count: number } } => typeof row === 'object' && row !== null && 'end' in row;

async function* linesOf(body: ReadableStream<Uint8Array>): AsyncGenerator<string, void> {
  let rest = '';
  const reader = decoded(body).getReader();
  try {
    for (;;) {
      const { done, value } = await reader.read().catch((cause: unknown) => {
        throw new ExportCut('The connection was lost.', { cause });
      });
      if (done) return;
      const lines = (rest + value).split('\n');
      rest = lines.pop()!;
      yield* lines;
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}
