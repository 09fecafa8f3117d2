interface Keyed {
  contactId: number;
}

/** One key's entries in several streams; undefined if a stream has none. */
type Merged<Streams extends readonly Keyed[]> = { [Index in keyof Streams]: Streams[Index] | undefined };

/** Merges streams in key order, with a page of each in memory. */
export async function* mergeByKey<Streams extends readonly Keyed[]>(
  ...streams: { [Index in keyof Streams]: AsyncIterable<Streams[Index]> }
): AsyncGenerator<Merged<Streams>> {
  const iterators = streams.map((stream) => stream[Symbol.asyncIterator]());
  // One by one: two streams can use one database session.
  const heads: IteratorResult<Keyed>[] = [];
  for (const iterator of iterators) heads.push(await iterator.next());
  for (;;) {
    const keys = heads.flatMap(({ done, value }) => (done ? [] : [value.contactId]));
    if (keys.length === 0) return;
    const least = Math.min(...keys);
    const row = heads.map(({ done, value }) => (!done && value.contactId === least ? value : undefined));
    yield row as Merged<Streams>;
    for (const [index, value] of row.entries()) if (value) heads[index] = await iterators[index]!.next();
  }
}
