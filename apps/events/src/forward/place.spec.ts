import { expect, it } from '@jest/globals';
import { mkdtempSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { OffsetsFile, Place, readOffsets } from './place.js';

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

it('when the file of a place could not be written / the next write tries again', async () => {
  const root = mkdtempSync(join(tmpdir(), 'place-'));
  try {
    const path = join(root, 'folder/place.json');
    const file = new OffsetsFile(path);
    await expect(file.keep(() => ({ t: { 0: 1 } }))).rejects.toThrow('ENOENT');
    mkdirSync(join(root, 'folder'));
    await file.keep(() => ({ t: { 0: 2 } }));
    expect(await readOffsets(path)).toEqual({ t: { 0: 2 } });
  } finally {
    rmSync(root, { recursive: true });
  }
});

it.each(['', '{', 'null', '5', '[]', '{"t":5}', '{"t":{"0":-1}}', '{"t":{"0":"5"}}', '{"t":{"0":0.5}}'])(
  'when the file of a place holds %j / it is refused by its name',
  async (text) => {
    const root = mkdtempSync(join(tmpdir(), 'place-'));
    try {
      const file = join(root, 'place.json');
      writeFileSync(file, text);
      await expect(readOffsets(file)).rejects.toThrow(`${file} holds no place`);
    } finally {
      rmSync(root, { recursive: true });
    }
  },
);
