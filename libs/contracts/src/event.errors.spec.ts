import { describe, expect, it } from '@jest/globals';
import { decodeRecord, encodeEvent } from './event.codec.js';
import { EVENT_EXAMPLES } from './event.examples.js';
import type { EventName } from './events.js';

const CANARY = 'canary-4711';
type Json = null | boolean | number | string | Json[] | { [name: string]: Json };

/** Where a value can be put in the place of another. */
function placesOf(value: Json, path: (string | number)[] = []): (string | number)[][] {
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([name, inner]) => {
    const at = [...path, Array.isArray(value) ? Number(name) : name];
    return [at, ...placesOf(inner, at)];
  });
}

function spoiled(data: object, path: (string | number)[]): string {
  const copy = structuredClone(data);
  const parent = path.slice(0, -1).reduce<any>((at, name) => at[name], copy);
  parent[path.at(-1)!] = { [CANARY]: CANARY };
  return JSON.stringify(copy);
}

const refusal = (record: Parameters<typeof decodeRecord>[0]): string => {
  try {
    decodeRecord(record);
    return 'none';
  } catch (error) {
    return (error as Error).message;
  }
};

const cases = (Object.keys(EVENT_EXAMPLES) as EventName[]).flatMap((name) =>
  placesOf(EVENT_EXAMPLES[name].data as unknown as Json)
    // The former values are whatever the contact had.
    .filter((path) => path[0] !== 'before')
    .map((path) => ({ name, path, at: path.join('/') })),
);

describe('a record with a wrong value', () => {
  it.each(cases)('$name: at $at / is refused with the name of the field, and never its value', ({ name, path, at }) => {
    const { data } = EVENT_EXAMPLES[name];
    const message = refusal({ ...encodeEvent(EVENT_EXAMPLES[name]), value: spoiled(data, path) });
    expect(message).toContain(`data/${at}: `);
    expect(message).not.toContain(CANARY);
  });

  it.each(['ce_specversion', 'ce_id', 'ce_source', 'ce_type'])('without %s / is refused by name', (header) => {
    const record = encodeEvent(EVENT_EXAMPLES.ContactUpdated);
    const { [header]: _left, ...headers } = record.headers;
    expect(refusal({ ...record, headers })).toContain(`${header.replace('ce_', '')}: must be`);
  });

  it.each([
    ['key', { key: Buffer.from([0xff]) }, 'Not UTF-8: the key.'],
    ['value', { value: Buffer.from([0xff]) }, 'Not UTF-8: the value.'],
    ['header', { headers: { ce_specversion: Buffer.from([0xff]) } }, 'Not UTF-8: header ce_specversion.'],
  ])('a %s that is no text / is refused by name', (_what, part, message) => {
    expect(refusal({ ...encodeEvent(EVENT_EXAMPLES.ContactUpdated), ...part })).toBe(message);
  });
});
