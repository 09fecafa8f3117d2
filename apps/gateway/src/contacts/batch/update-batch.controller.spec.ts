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
  const items = [1, 2, 3, 4].map((id) => ({ id, is_primary: true }));
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

it.each<[string, object, number[]]>([
  ['no key / items that depend on no other run together', {}, [2, 2, 3, 5, 5, 6]],
  ['a key / items that depend on no other run together', { key: { kept: new Map() } }, [2, 2, 3, 5, 5, 6]],
  ['a dry run / its items run one by one', { dryRun: true }, [1, 2, 3, 4, 5, 6]],
])('when a batch has %s', async (_, terms, begunBefore) => {
  jest.useRealTimers();
  let begun = 0;
  const seen: number[] = [];
  const execute = async () => {
    begun++;
    await new Promise((resolve) => setImmediate(resolve));
    seen.push(begun);
    return { contact: {}, loginVersion: 0 };
  };
  const controller = new UpdateBatchController({ execute } as unknown as WriteBus);
  const items = [
    { id: 1, phone_1: '1' },
    { id: 2, phone_1: '2' },
    { id: 3, email: 'a@b.example' },
    { id: 4, first_name: 'A' },
    { id: 5, last_name: 'B' },
    // The same contact as the one before.
    { id: '05', last_name: 'C' },
  ];
  const request = { errors: {}, dryRun: false, strict: false, ...terms } as WriteRequest;
  const reply = { header: () => reply } as unknown as FastifyReply;

  const { data } = await controller.update({ items }, request, reply);

  expect(data).toHaveLength(6);
  expect(seen).toEqual(begunBefore);
});

it.each<[string, object, number]>([
  ['no key / all items run together, each with a deadline of its own', {}, 40],
  ['a key / at most sixteen items run together, each with a deadline of its own', { key: { kept: new Map() } }, 16],
])('when a batch of 40 items that depend on no other has %s', async (_, terms, most) => {
  jest.useRealTimers();
  let [running, mostRunning] = [0, 0];
  const deadlines = new Set<unknown>();
  const execute = async ({ request: { deadline } }: { request: WriteRequest }) => {
    deadlines.add(deadline);
    mostRunning = Math.max(mostRunning, ++running);
    await new Promise((resolve) => setImmediate(resolve));
    running--;
    return { contact: {}, loginVersion: 0 };
  };
  const controller = new UpdateBatchController({ execute } as unknown as WriteBus);
  const items = Array.from({ length: 40 }, (_, index) => ({ id: index + 1, phone_1: '1' }));
  const request = { errors: {}, dryRun: false, strict: false, ...terms } as WriteRequest;

  const { data } = await controller.update({ items }, request, {} as FastifyReply);

  expect([data.length, mostRunning, deadlines.size]).toEqual([40, most, 40]);
});

it('when an item of a batch under a key has no answer / the items that run together after it look once whether the key is free', async () => {
  jest.useRealTimers();
  Logger.overrideLogger(false);
  let looks = 0;
  const untilKeyIsFree = () => Promise.resolve(void looks++);
  const execute = ({ contactId }: { contactId: number }) =>
    contactId === 1 ? Promise.reject(new Error('Query read timeout')) : Promise.resolve({ contact: {}, loginVersion: 0 });
  const controller = new UpdateBatchController({ execute, untilKeyIsFree } as unknown as WriteBus);
  const items = [{ id: 1, is_primary: true }, ...Array.from({ length: 20 }, (_, index) => ({ id: index + 2, phone_1: '1' }))];
  const request = { errors: {}, dryRun: false, strict: false, key: { kept: new Map() } } as unknown as WriteRequest;

  const { data } = await controller.update({ items }, request, {} as FastifyReply);

  expect(data.map(({ status }) => status)).toEqual([503, ...Array.from({ length: 20 }, () => 200)]);
  // Sixteen items, and then four.
  expect(looks).toBe(2);
});
