import type { TagSnapshot } from '#app/contracts';
import type { Tag } from './tag.entity.js';

/** A tag as answers and events show it. */
export const tagSnapshot = ({ id, name, description, icon, color }: Tag): TagSnapshot => ({
  id,
  name,
  description: description ?? null,
  icon: icon ?? null,
  color: color ?? null,
});
