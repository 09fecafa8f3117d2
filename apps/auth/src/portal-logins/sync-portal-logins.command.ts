import { Command } from '@nestjs/cqrs';
import type { BatchEnd } from '#app/messaging';
import type { LoginRecord } from './login-record.js';

/** Applies records of one partition, and stores the partition's offset. */
export class SyncPortalLoginsCommand extends Command<void> {
  constructor(
    readonly records: readonly LoginRecord[],
    readonly position: BatchEnd,
  ) {
    super();
  }
}
