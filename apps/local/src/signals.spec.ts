import { EventEmitter } from 'node:events';
import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { whenToldToStop } from './signals.js';

describe('whenToldToStop', () => {
  let source: EventEmitter;
  let calls: string[];

  beforeEach(() => {
    jest.useFakeTimers();
    source = new EventEmitter();
    calls = [];
    whenToldToStop(
      () => calls.push('stop'),
      () => calls.push('force'),
      source as NodeJS.Process,
    );
  });
  afterEach(() => void jest.useRealTimers());

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP', 'disconnect'])('on %s / stops', (event) => {
    source.emit(event);
    expect(calls).toEqual(['stop']);
  });

  it('when npm passes on the Ctrl-C that the terminal has sent already / both count as one', () => {
    source.emit('SIGINT');
    jest.advanceTimersByTime(300);
    source.emit('SIGINT');
    expect(calls).toEqual(['stop']);
  });

  it('when a later signal arrives / forces the end', () => {
    source.emit('SIGINT');
    jest.advanceTimersByTime(1_500);
    source.emit('SIGINT');
    expect(calls).toEqual(['stop', 'force']);
  });

  it('when its parent goes while it stops / goes on stopping', () => {
    source.emit('SIGTERM');
    jest.advanceTimersByTime(1_500);
    source.emit('disconnect');
    expect(calls).toEqual(['stop']);
  });
});
