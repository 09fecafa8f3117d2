import { EventEmitter } from 'node:events';
import type { ServerResponse } from 'node:http';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { SlowReader, write } from './response-writer.js';

const TEN_MINUTES_MS = 600_000;

/** A response whose buffer is full. */
class FullResponse extends EventEmitter {
  readonly destroyed = false;
  taken = (): void => undefined;

  write(_: string, taken: () => void): boolean {
    this.taken = taken;
    return false;
  }
}

describe('a write to a response whose buffer is full', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  const begin = () => {
    const response = new FullResponse();
    return { response, writing: write(response as unknown as ServerResponse, 'rows') };
  };

  // A reader of 8 KB a second takes a third of a send buffer in minutes, and the kernel tells of free room only then.
  it('when its reader takes the bytes after ten minutes / waits for that', async () => {
    const { response, writing } = begin();
    const outcome = writing.catch((error: unknown) => error);
    await jest.advanceTimersByTimeAsync(TEN_MINUTES_MS);
    response.taken();
    expect(await outcome).toBeUndefined();
  });

  it('when its connection is closed / throws', async () => {
    const { response, writing } = begin();
    response.emit('close');
    await expect(writing).rejects.toThrow(SlowReader);
  });
});
