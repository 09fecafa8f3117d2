import { afterEach, beforeEach, expect, it, jest } from '@jest/globals';
import { Logger } from '@nestjs/common';
import type { FastifyReply } from 'fastify';
import type { WriteBus } from '../../writes/write-bus.js';
import type { WriteRequest } from '../../writes/write-request.js';
import { UpdateBatchController } from './update-batch.controller.js';

beforeEach(() => void jest.useFakeTimers());
afterEach(() => void jest.useRealTimers());

it('when each item of a batch waits for a silent database / the batch is answered, and items after its deadline are not tried', async () => {
  Logger.overrideLogger(false);
  let tries = 0;
  const execute = (): Promise<never> => {
    tries++;
    jest.advanceTimersByTime(20_000);
    return Promise.reject(new Error('Query read timeout'));
  };
  const controller = new UpdateBatchController({ execute } as unknown as WriteBus);
  const items = [1, 2, 3, 4].map((id) => ({ id, phone_1: '1' }));
  const request = { errors: {}, dryRun: false, strict: false } as WriteRequest;

  const { data } = await controller.update({ items }, request, {} as FastifyReply);

  expect(tries).toBe(2);
  expect(data.map(({ status, code, retry_after }: Record<string, unknown>) => [status, code, retry_after])).toEqual([
    [503, 'database_unavailable', 1],
    [503, 'database_unavailable', 1],
    [503, 'timed_out', 1],
    [503, 'timed_out', 1],
  ]);
});
