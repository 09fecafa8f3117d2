import type { ItemDto } from './wire.dto.js';
import type { Rule } from './wire.rules.js';
import type { Normalizer } from './wire.values.js';

/** Most items that a list of a request may have. */
export const MAX_ITEMS = 100;

/** Each item in an object of its own, so that it can be judged; a list that is too long is left as it is. */
export const items =
  (type: new (item: unknown) => ItemDto, normalize: Normalizer): Normalizer =>
  (value) =>
    Array.isArray(value) && value.length <= MAX_ITEMS ? value.map((item) => new type(normalize(item))) : value;

/** A list of at least `min` and at most {@link MAX_ITEMS} items. */
export const listRule =
  (min: number): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    if (value.length < min) return `must have at least ${min} item`;
    return value.length > MAX_ITEMS ? `must have at most ${MAX_ITEMS} items` : null;
  };
