import { BROKER_FAULTS } from './broker.faults.js';
import type { Fault } from './fault.js';
import { PROCESS_FAULTS } from './process.faults.js';

/** All faults, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [...PROCESS_FAULTS, ...BROKER_FAULTS].sort((a, b) => a.number - b.number);
