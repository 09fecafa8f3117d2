import type { RangeOptions } from '../options/range.js';

/** Options of a replay. */
export interface ReplayOptions extends RangeOptions {
  topic?: string;
  toTopic?: string;
  create?: boolean;
  toGroup?: string;
  rate?: number;
  dryRun?: boolean;
  yes?: boolean;
  json?: boolean;
}
