import { ASYMMETRY_FAULTS } from './asymmetry.faults.js';
import { BROKER_FAULTS } from './broker.faults.js';
import { CLAIM_FAULTS } from './claim.faults.js';
import { CONSUMER_FAULTS } from './consumer.faults.js';
import { DATABASE_FAULTS } from './database.faults.js';
import { DISK_FAULTS } from './disk.faults.js';
import type { Fault } from './fault.js';
import { LOG_FAULTS } from './log.faults.js';
import { POISON_FAULTS } from './poison.faults.js';
import { PROCESS_FAULTS } from './process.faults.js';
import { REMOVAL_FAULTS } from './removal.faults.js';
import { SEVERAL_FAULTS } from './several.faults.js';

/** All faults, in the order of their numbers. */
export const FAULTS: readonly Fault[] = [
  ...[...PROCESS_FAULTS, ...BROKER_FAULTS, ...DATABASE_FAULTS, ...DISK_FAULTS],
  ...[...CONSUMER_FAULTS, ...CLAIM_FAULTS, ...POISON_FAULTS, ...ASYMMETRY_FAULTS, ...LOG_FAULTS, ...REMOVAL_FAULTS],
  ...SEVERAL_FAULTS,
].sort((a, b) => a.number - b.number);
