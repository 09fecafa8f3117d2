import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { Gathering } from './gathering.js';

let launch: jest.Mock<() => void>;
let gathering: Gathering;

beforeEach(() => {
  jest.useFakeTimers();
  launch = jest.fn<() => void>();
  gathering = new Gathering(launch);
});
afterEach(() => {
  jest.useRealTimers();
});

describe('Gathering', () => {
  it('when no batch has run / expects no more updates', () => {
    expect(gathering.isExpectingMore(1)).toBe(false);
  });

  it('when a batch of one was answered / the next one begins at once', () => {
    gathering.ended(1);
    expect(gathering.isExpectingMore(1)).toBe(false);
  });

  it('when a large batch was answered / the next one waits until most of its callers come again', () => {
    gathering.ended(20);
    expect(gathering.isExpectingMore(1)).toBe(true);
    expect(gathering.isExpectingMore(16)).toBe(true);
    expect(gathering.isExpectingMore(17)).toBe(false);
  });

  it('when the callers of a large batch do not come again / the next one begins three milliseconds after its first update', () => {
    gathering.ended(20);
    jest.advanceTimersByTime(10);
    expect(gathering.isExpectingMore(1)).toBe(true);
    jest.advanceTimersByTime(2);
    expect(gathering.isExpectingMore(2)).toBe(true);
    expect(launch).not.toHaveBeenCalled();
    jest.advanceTimersByTime(1);
    expect(launch).toHaveBeenCalledTimes(1);
    expect(gathering.isExpectingMore(2)).toBe(false);
  });

  it('when a large batch was answered long ago / an update begins at once', () => {
    gathering.ended(20);
    jest.advanceTimersByTime(1_000);
    expect(gathering.isExpectingMore(1)).toBe(false);
  });
});
