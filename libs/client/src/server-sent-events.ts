import { decoded } from './decoded.js';

/** A block of a stream of server-sent events; parsers for browsers drop one that has an id alone. */
export interface Block {
  id: string | undefined;
  /** Undefined for a block without data. */
  data: string | undefined;
}

/** The blocks of a stream, as the standard of server-sent events splits them; comments are skipped. */
export async function* blocksOf(body: ReadableStream<Uint8Array>): AsyncGenerator<Block, void> {
  let rest = '';
  const reader = decoded(body).getReader();
  try {
    for (let next = await reader.read(); !next.done; next = await reader.read()) {
      // A carriage return at the end of a chunk can be half of a line break.
      const blocks = (rest + next.value).replace(/\r\n|\r(?!$)/g, '\n').split('\n\n');
      rest = blocks.pop()!;
      yield* blocks.map(blockOf);
    }
  } finally {
    await reader.cancel().catch(() => undefined);
  }
}

function blockOf(text: string): Block {
  const valuesOf = (name: string): string[] =>
    text.split('\n').flatMap((line) => (line.startsWith(`${name}:`) ? line.slice(name.length + 1).replace(/^ /, '') : []));
  const data = valuesOf('data');
  return { id: valuesOf('id').at(-1), data: data.length === 0 ? undefined : data.join('\n') };
}
