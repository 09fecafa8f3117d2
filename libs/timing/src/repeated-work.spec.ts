import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { RepeatedWork, type Work } from './repeated-work.js';

describe('repeated work', () => {
  beforeEach(() => void jest.useFakeTimers());
  afterEach(() => void jest.useRealTimers());

  it('when it is started / runs at once, then once each interval', async () => {
    const work = jest.fn<Work>().mockResolvedValue(undefined);
    const repeated = new RepeatedWork(1_000, work);

    repeated.start();
    await jest.advanceTimersByTimeAsync(2_500);

    expect(work).toHaveBeenCalledTimes(3);
    await repeated.stop();
  });

  it('when a run takes longer than the interval / starts no second one in parallel', async () => {
    const first = Promise.withResolvers<void>();
    const work = jest.fn<Work>().mockReturnValue(first.promise);
    const repeated = new RepeatedWork(1_000, work);

    repeated.start();
    await jest.advanceTimersByTimeAsync(5_500);

    expect(work).toHaveBeenCalledTimes(1);
    first.resolve();
    await repeated.stop();
  });

  it('when a run reports more to do / runs again without a pause', async () => {
    const work = jest.fn<Work>().mockResolvedValueOnce(true).mockResolvedValueOnce(true).mockResolvedValue(undefined);
    const repeated = new RepeatedWork(1_000, work);

    repeated.start();
    await jest.advanceTimersByTimeAsync(0);

    expect(work).toHaveBeenCalledTimes(3);
    await repeated.stop();
  });

  it('when a run fails / runs again at the next interval', async () => {
    const work = jest.fn<Work>().mockRejectedValueOnce(new Error('the database is away')).mockResolvedValue(undefined);
    const repeated = new RepeatedWork(1_000, work);

    repeated.start();
    await jest.advanceTimersByTimeAsync(1_000);

    expect(work).toHaveBeenCalledTimes(2);
    await repeated.stop();
  });

  it('when it is woken between two runs / runs at once', async () => {
    const work = jest.fn<Work>().mockResolvedValue(undefined);
    const repeated = new RepeatedWork(1_000, work);
    repeated.start();
    await jest.advanceTimersByTimeAsync(500);

    repeated.wake();
    await jest.advanceTimersByTimeAsync(0);

    expect(work).toHaveBeenCalledTimes(2);
    await repeated.stop();
  });

  it('when it is woken while a run is under way / runs once more after it', async () => {
    const first = Promise.withResolvers<void>();
    const work = jest.fn<Work>().mockReturnValueOnce(first.promise).mockResolvedValue(undefined);
    const repeated = new RepeatedWork(1_000, work);
    repeated.start();

    repeated.wake();
    repeated.wake();
    first.resolve();
    await jest.advanceTimersByTimeAsync(0);

    expect(work).toHaveBeenCalledTimes(2);
    await repeated.stop();
  });

  it('when it is stopped / waits for the run under way and starts no other', async () => {
    const last = Promise.withResolvers<boolean>();
    const work = jest.fn<Work>().mockReturnValue(last.promise);
    const repeated = new RepeatedWork(1_000, work);
    repeated.start();

    const stopped = jest.fn();
    void repeated.stop().then(stopped);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(stopped).not.toHaveBeenCalled();

    last.resolve(true);
    await jest.advanceTimersByTimeAsync(3_000);
    expect(stopped).toHaveBeenCalledTimes(1);
    expect(work).toHaveBeenCalledTimes(1);
  });
});
