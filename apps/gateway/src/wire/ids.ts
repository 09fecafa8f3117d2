import type { PipeTransform } from '@nestjs/common';

/** The id that a text of the wire names: a positive integer that JSON carries without loss; undefined where it names none. */
export function readId(value: unknown): number | undefined {
  const id = typeof value === 'string' && /^[1-9]\d{0,15}$/.test(value) ? Number(value) : NaN;
  return Number.isSafeInteger(id) ? id : undefined;
}

/** Reads an id from the path. A text that is no id is the id of something that does not exist. */
export const idOf = (NotFound: new () => Error): PipeTransform<string, number> => ({
  transform: (value) => {
    const id = readId(value);
    if (id === undefined) throw new NotFound();
    return id;
  },
});
