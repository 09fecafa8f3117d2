import { expect, it, jest } from '@jest/globals';
import { Drain } from '#app/http';
import { HealthController } from './health.controller.js';

it.each([
  ['the database answers', 'ok', false, 200],
  ['the database is away', 'down', false, 503],
  ['the process is about to end', 'ok', true, 503],
])('when %s / the status is that of readiness', async (_, database, isEnding, expected) => {
  const drain = Object.assign(new Drain(0), { isUnderWay: isEnding });
  const [status, header] = [jest.fn(), jest.fn()];
  const parts = [
    { status: () => Promise.resolve(database) },
    { isWell: () => Promise.resolve(true) },
    { report: () => ({ state: 'publishing', blocked: [], fault: null }) },
    { read: () => Promise.resolve({ rows: 0, oldestMs: 0 }) },
    drain,
  ] as unknown as ConstructorParameters<typeof HealthController>;
  await new HealthController(...parts).health({ status, header } as never);
  expect(status).toHaveBeenCalledWith(expected);
  expect(header.mock.calls).toEqual(expected === 503 ? [['Retry-After', '1']] : []);
});
