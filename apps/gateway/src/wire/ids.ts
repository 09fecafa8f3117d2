import type { PipeTransform } from '@nestjs/common';

/** The id in a wire text: a positive integer that JSON carries without loss; undefined if it is none. */
export function readId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Reads an id from the path. Any other text is the id of a missing resource. */
export const idOf = (NotFound: new () => Error): PipeTransform<string, number> => ({
  transform: (value) => {
    const id = readId(value);
    if (id === undefined) throw new NotFound();
    return id;
  },
});
