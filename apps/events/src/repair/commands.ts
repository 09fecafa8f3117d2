import type { AddCommand } from '../command.js';
import { verifyCommand } from '../verify/verify.command.js';
import { parkCommand } from './park.command.js';
import { rebuildAuthCommand } from './rebuild.command.js';
import { refreshQuietCommand } from './refresh-quiet.command.js';
import { remarkCommand } from './remark.command.js';
import { resealCommand } from './reseal.command.js';
import { resyncCommand } from './resync.command.js';

/** The repair commands, in the order of the help. */
export const REPAIR_COMMANDS: readonly AddCommand[] = [
  parkCommand,
  verifyCommand,
  refreshQuietCommand,
  remarkCommand,
  rebuildAuthCommand,
  resyncCommand,
  resealCommand,
];
