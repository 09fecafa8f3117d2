import { describe, expect, it } from '@jest/globals';
import { partitionsBehind, untilAtRest } from './collect-evidence.js';

describe('the wait for rest', () => {
  it('when work goes on for longer than the time without progress / waits for its end', async () => {
    let left = 12;
    const look = () => Promise.resolve({ work: left > 0 ? [`${left} wait`] : [], progress: String(left--) });
    expect(await untilAtRest(look, { stillMs: 500, longestMs: 600_000 })).toEqual([]);
  });

  it('when nothing changes / returns what is pending', async () => {
    const look = () => Promise.resolve({ work: ['2 wait'], progress: '2' });
    expect(await untilAtRest(look, { stillMs: 200, longestMs: 600_000 })).toEqual(['2 wait']);
  });

  it('when work goes on without an end / returns what is pending after the longest time', async () => {
    let left = 1_000;
    const look = () => Promise.resolve({ work: ['more waits'], progress: String(left--) });
    expect(await untilAtRest(look, { stillMs: 600_000, longestMs: 300 })).toEqual(['more waits']);
  });
});

it('when a topic is recreated and a stored position is beyond its end / the partition is behind', () => {
  const ends = new Map([
    [0, 3],
    [1, 2],
    [2, 5],
  ]);
  const applied = new Map([
    [0, 3],
    [1, 1_758],
  ]);
  expect(partitionsBehind(applied, ends)).toEqual([1, 2]);
});
