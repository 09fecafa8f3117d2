import { describe, expect, it } from '@jest/globals';
import { crc32 } from 'node:zlib';
import { decodeCursor, encodeCursor } from './feed-cursor.js';
import { UnreadableCursor } from './feed.errors.js';
import { LogLayout } from './log-layout.js';

const TOPICS = ['x.contacts.v1', 'x.portal-logins.v1'];
const cursor = {
  layout: new LogLayout(TOPICS, [3, 2]),
  position: [0, 127, 128, 4_294_967_296, Number.MAX_SAFE_INTEGER],
  time: 1_790_000_000_000,
};
const text = encodeCursor(cursor);

/** A cursor of any bytes, with the checksum that they need. */
function forged(bytes: readonly number[]): string {
  const checksum = Buffer.alloc(4);
  checksum.writeUInt32BE(crc32(TOPICS.join('\n'), crc32(Buffer.from(bytes))));
  return Buffer.concat([Buffer.from(bytes), checksum]).toString('base64url');
}
const HUGE = [...Array<number>(7).fill(255), 15];

describe('a cursor', () => {
  it('when it is encoded and decoded / is unchanged, whatever the size of its offsets', () => {
    const { layout, position, time } = decodeCursor(text, TOPICS);
    expect({ position, time }).toEqual({ position: cursor.position, time: cursor.time });
    expect(layout.equals(cursor.layout)).toBe(true);
  });

  it('when it is encoded / is short visible ASCII that an event stream and a header carry', () => {
    expect(text).toMatch(/^[A-Za-z0-9_-]{1,60}$/);
  });

  it('when topics were added after it / is read with the topics that it knows', () => {
    const { layout, position, time } = decodeCursor(text, [...TOPICS, 'x.companies.v1']);
    expect([layout.topics, position, time]).toEqual([TOPICS, cursor.position, cursor.time]);
  });

  it('when it is of release 1.0.0, without the topic of companies / is read', () => {
    const topics = ['contact-sync.contacts.v1', 'contact-sync.portal-logins.v1', 'contact-sync.companies.v1'];
    const { layout, position, time } = decodeCursor('AYDYwaKMNAYRAKwC5yQFgAEGAQIDAJ-NBgfwO0-D', topics);
    expect(layout.topics).toEqual(topics.slice(0, 2));
    expect(layout.partitions).toEqual([6, 6]);
    expect([position, time]).toEqual([[17, 0, 300, 4711, 5, 128, 1, 2, 3, 0, 99_999, 7], 1_790_000_000_000]);
  });

  it('when the topics are others / is unreadable', () => {
    expect(() => decodeCursor(text, ['y.contacts.v1', 'y.portal-logins.v1'])).toThrow(UnreadableCursor);
  });

  it('when one character is changed, cut off or added / is unreadable', () => {
    for (let at = 0; at < text.length; at++) {
      const other = text[at] === 'A' ? 'B' : 'A';
      expect(() => decodeCursor(text.slice(0, at) + other + text.slice(at + 1), TOPICS)).toThrow(UnreadableCursor);
      expect(() => decodeCursor(text.slice(0, at), TOPICS)).toThrow(UnreadableCursor);
    }
    expect(() => decodeCursor(`${text}A`, TOPICS)).toThrow(UnreadableCursor);
    expect(() => decodeCursor(`${text}=`, TOPICS)).toThrow(UnreadableCursor);
  });

  it('when it is forged with as many offsets as it says / is read', () => {
    expect(decodeCursor(forged([1, 9, 1, 7, 2, 0, 5]), TOPICS)).toMatchObject({ time: 9, position: [7, 0, 5] });
  });

  it.each([
    ['more partitions than offsets', [1, 9, 1, 7, 3, 0, 5]],
    ['more partitions than memory holds', [1, 9, ...HUGE, 0]],
    ['fewer partitions than offsets', [1, 9, 1, 7, 1, 0, 5]],
    ['no partitions of a topic', [1, 9, 1, 7]],
    ['no time', [1]],
    ['a number without an end', [1, 9, 1, 7, 1, 128]],
    ['a number that is not exact', [1, ...HUGE.slice(0, 7), 31, 1, 7, 1, 5]],
    ['a number without bounds', [1, ...Array<number>(200).fill(255), 1, 1, 7, 1, 5]],
  ])('when it is forged and has %s / is unreadable', (_, bytes) => {
    expect(() => decodeCursor(forged(bytes), TOPICS)).toThrow(UnreadableCursor);
  });
});
