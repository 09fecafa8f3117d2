import { Command } from '@nestjs/cqrs';
import type { BatchPosition } from '#app/messaging';
import type { LoginRecord } from './login-record.js';

/** Apply what some records of one partition say of logins, and store how far that partition is. */
export class SyncPortalLoginsCommand extends Command<void> {
  constructor(
    readonly records: readonly LoginRecord[],
    readonly position: BatchPosition,
  ) {
    super();
  }
}
