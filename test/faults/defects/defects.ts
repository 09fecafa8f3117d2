import { AUTH_DEFECTS } from './auth.defects.js';
import { GATEWAY_DEFECTS } from './gateway.defects.js';
import { RELAY_DEFECTS } from './relay.defects.js';

/** Something wrong that the checker must catch. */
export interface Defect {
  title: string;
  /** Plants it in this process. @returns takes it out again */
  plant: () => () => void;
}

export const DEFECTS: Readonly<Record<string, Defect>> = { ...RELAY_DEFECTS, ...GATEWAY_DEFECTS, ...AUTH_DEFECTS };
