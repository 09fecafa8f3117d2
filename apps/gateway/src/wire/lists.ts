import type { ItemDto } from './dto.js';
import type { Rule } from './rules.js';
import type { Normalizer } from './values.js';

/** Most items that a list of a request may have. */
export const MAX_ITEMS = 100;

/** What is left of a list that is too long: its rule refuses it, and nobody judges the 250,000 items that a body has room for. */
const TOO_LONG: readonly null[] = Array<null>(MAX_ITEMS + 1).fill(null);

/** Each item in an object of its own, so that it can be judged. */
export const items =
  (type: new (item: unknown) => ItemDto, normalize: Normalizer): Normalizer =>
  (value) => {
    if (Array.isArray(value) && value.length > MAX_ITEMS) return TOO_LONG;
    return Array.isArray(value) ? value.map((item) => new type(normalize(item))) : value;
  };

/** A list of at least `min` and at most {@link MAX_ITEMS} items. */
export const listRule =
  (min: number): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    if (value.length < min) return `must have at least ${min} item`;
    return value.length > MAX_ITEMS ? `must have at most ${MAX_ITEMS} items` : null;
  };
