import { Logger } from '@nestjs/common';
import { expect, it, jest } from '@jest/globals';
import type { StatementPool } from '#app/postgres';
import type { Writes } from '../../writes/writes.js';
import { OutboxFull } from '../../writes/write.errors.js';
import { CompanyRemovals } from './company-removals.js';

it('when the process ends while contacts leave many companies / the part under way is the last one, and no pause is waited for', async () => {
  let parts = 0;
  let stopped: Promise<void> | undefined;
  const rows = Array.from({ length: 100 }, (_, index) => ({ company_id: String(index + 1) }));
  const runPart = () => {
    parts++;
    stopped = removals.beforeApplicationShutdown();
    return Promise.resolve({ ended: 1, last: 1 });
  };
  const statements = { query: () => Promise.resolve(rows) } as unknown as StatementPool;
  const removals = new CompanyRemovals({ runPart } as unknown as Writes, statements);

  removals.onApplicationBootstrap();
  while (!stopped) await new Promise((resolve) => setImmediate(resolve));
  await stopped;

  expect(parts).toBe(1);
});

it('when the database is away for half a minute / is logged once', async () => {
  jest.useFakeTimers();
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const statements = { query: () => Promise.reject(new Error('The database is away.')) } as unknown as StatementPool;
  const removals = new CompanyRemovals({} as Writes, statements);

  removals.onApplicationBootstrap();
  await jest.advanceTimersByTimeAsync(30_000);
  await removals.beforeApplicationShutdown();

  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
  jest.useRealTimers();
});

it('when the outbox is full while many companies are removed / is logged once', async () => {
  const warn = jest.spyOn(Logger.prototype, 'warn').mockReturnValue(undefined);
  const rows = Array.from({ length: 100 }, (_, index) => ({ company_id: String(index + 1) }));
  const statements = { query: () => Promise.resolve(rows) } as unknown as StatementPool;
  const full = Promise.withResolvers<void>();
  const runPart = () => (full.resolve(), Promise.reject(new OutboxFull()));
  const removals = new CompanyRemovals({ runPart } as unknown as Writes, statements);

  removals.onApplicationBootstrap();
  await full.promise;
  await new Promise((resolve) => setImmediate(resolve));
  await removals.beforeApplicationShutdown();

  expect(warn).toHaveBeenCalledTimes(1);
  warn.mockRestore();
});
