import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

/** Warns at the start if records of logins need no mark of the gateway. */
@Injectable()
export class MarkCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(MarkCheck.name);

  constructor(readonly isOn: boolean) {}

  onApplicationBootstrap(): void {
    if (!this.isOn) this.logger.warn('EVENT_MAC_KEYS is not set: records of logins are applied without a check of their origin.');
  }
}
