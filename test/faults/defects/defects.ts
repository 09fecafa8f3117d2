import { ASYMMETRY_DEFECTS } from './asymmetry.defects.js';
import { AUTH_DEFECTS } from './auth.defects.js';
import { GATEWAY_DEFECTS } from './gateway.defects.js';
import { MARK_DEFECTS } from './mark.defects.js';
import { RELAY_DEFECTS } from './relay.defects.js';

/** A defect that the checker must report. */
export interface Defect {
  title: string;
  /** Plants it in this process. @returns a function that removes it */
  plant: () => () => void;
}

export const DEFECTS: Readonly<Record<string, Defect>> = {
  ...RELAY_DEFECTS,
  ...GATEWAY_DEFECTS,
  ...AUTH_DEFECTS,
  ...ASYMMETRY_DEFECTS,
  ...MARK_DEFECTS,
};
