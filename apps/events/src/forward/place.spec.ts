import { expect, it } from '@jest/globals';
import { Place } from './place.js';

it('the place in a partition / is that of its first record that is not done', () => {
  const place = new Place();
  const at = (offset: number) => ({ topic: 't', partition: 0, offset });
  place.start('t', 0, 5);
  place.start('t', 1, 9);
  expect(place.offsets).toEqual({ t: { 0: 5, 1: 9 } });
  for (const offset of [5, 6, 8]) place.take(at(offset));
  place.done(at(6));
  expect(place.offsets).toEqual({ t: { 0: 5, 1: 9 } });
  place.done(at(5));
  expect(place.offsets).toEqual({ t: { 0: 8, 1: 9 } });
  place.done(at(8));
  expect(place.offsets).toEqual({ t: { 0: 9, 1: 9 } });
});
