/** The text of a body, chunk by chunk. Not a TextDecoderStream: Node and the browser declare its input differently. */
export function decoded(body: ReadableStream<Uint8Array>): ReadableStream<string> {
  const decoder = new TextDecoder();
  return body.pipeThrough(
    new TransformStream<Uint8Array, string>({
      transform: (chunk, out) => out.enqueue(decoder.decode(chunk, { stream: true })),
      flush: (out) => out.enqueue(decoder.decode()),
    }),
  );
}
