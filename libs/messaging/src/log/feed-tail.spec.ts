import { Logger } from '@nestjs/common';
import { expect, it, jest } from '@jest/globals';
import { eventually } from '#app/system/testing';
import { FeedTail } from './feed-tail.js';
import { LogLayout } from './log-layout.js';
import type { TopicLog } from './topic-log.js';

it('when a feed is stopped while it connects again / closes that connection too', async () => {
  Logger.overrideLogger(false);
  const [again, close] = [Promise.withResolvers<TopicLog>(), jest.fn(() => Promise.resolve())];
  const broken = {
    layout: new LogLayout(['t'], [1]),
    leaders: [0],
    starts: () => Promise.resolve([0]),
    ends: () => Promise.resolve([0]),
    since: () => Promise.resolve([-1]),
    fetch: () => Promise.reject(new Error('The broker is away.')),
    close: () => Promise.resolve(),
  };
  const open = jest.fn<() => Promise<TopicLog>>();
  open.mockResolvedValueOnce(broken as unknown as TopicLog).mockReturnValueOnce(again.promise);
  const options = { open, read: () => undefined, now: Date.now, onLost: () => undefined, logger: new Logger() };
  const tail = await FeedTail.start(options);
  await eventually(() => expect(open).toHaveBeenCalledTimes(2));
  await tail.stop();
  again.resolve({ ...broken, close } as unknown as TopicLog);
  await eventually(() => expect(close).toHaveBeenCalled(), { timeoutMs: 2_000 });
});

it('when a follower joins a tail that was stopped meanwhile / it is free to join another one', async () => {
  const idle = {
    layout: new LogLayout(['t'], [1]),
    leaders: [0],
    ends: () => Promise.resolve([0]),
    fetch: () => Promise.withResolvers().promise,
    close: () => Promise.resolve(),
  };
  const open = () => Promise.resolve(idle as unknown as TopicLog);
  const options = { open, read: () => undefined, now: Date.now, onLost: () => undefined, logger: new Logger() };
  const tail = await FeedTail.start(options);
  await tail.stop();
  const free = jest.fn();
  void tail.join({ position: [0], offer: () => true })?.then(free);
  await eventually(() => expect(free).toHaveBeenCalled(), { timeoutMs: 2_000 });
});
