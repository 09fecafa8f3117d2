import type { TagSnapshot } from '#app/contracts';
import { tagNameKey, type Tag } from './tag.entity.js';

/** A tag as answers and events show it. */
export const tagSnapshot = ({ id, name, description, icon, color }: Tag): TagSnapshot => ({
  id,
  name,
  description: description ?? null,
  icon: icon ?? null,
  color: color ?? null,
});

/** By name without case, then by id. */
export function byName(a: TagSnapshot, b: TagSnapshot): number {
  const [left, right] = [tagNameKey(a.name), tagNameKey(b.name)];
  if (left === right) return a.id - b.id;
  return left < right ? -1 : 1;
}
