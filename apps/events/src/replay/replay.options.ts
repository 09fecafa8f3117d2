import type { RangeOptions } from '../options/range.js';

/** What a replay is told on the command line. */
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
