import type { FieldErrors } from '#app/http';
import type { Rule } from './rules.js';
import type { Normalizer } from './values.js';

/** Most items that a list of a request may have. */
export const MAX_ITEMS = 100;

/** Items of a list are objects of one field, so that each error carries its index: `tags.1`. */
export class ItemDto<T = unknown> {
  constructor(readonly item: T) {}
}

/** Items that are kept of a list that is too long: its rule fails anyway, and a body has room for 250,000 items. */
const TOO_LONG: readonly null[] = Array<null>(MAX_ITEMS + 1).fill(null);

/** Wraps each item in an object, so that rules can check it. */
export const items =
  (type: new (item: unknown) => ItemDto, normalize: Normalizer): Normalizer =>
  (value) => {
    if (Array.isArray(value) && value.length > MAX_ITEMS) return TOO_LONG;
    return Array.isArray(value) ? value.map((item) => new type(normalize(item))) : value;
  };

/** Whether a normalized value is a list whose items can be judged. */
export const hasItems = (value: unknown): boolean => Array.isArray(value) && value[0] instanceof ItemDto;

/** The items of a list that have no error. Each other one leaves a hole, so that they keep the places by which errors name them. */
export function validItems<Item>(list: readonly Item[], name: string, errors: FieldErrors): Item[] {
  const valid: Item[] = [];
  list.forEach((item, index) => {
    if (!Object.hasOwn(errors, `${name}.${index}`)) valid[index] = item;
  });
  return valid;
}

/** A list of at least `min` and at most {@link MAX_ITEMS} items. */
export const listRule =
  (min: number): Rule =>
  (value) => {
    if (!Array.isArray(value)) return 'must be a list';
    if (value.length < min) return `must have at least ${min} item`;
    return value.length > MAX_ITEMS ? `must have at most ${MAX_ITEMS} items` : null;
  };
