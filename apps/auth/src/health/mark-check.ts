import { Injectable, Logger, type OnApplicationBootstrap } from '@nestjs/common';

/** Whether records of logins are asked for the gateway's mark. */
@Injectable()
export class MarkCheck implements OnApplicationBootstrap {
  private readonly logger = new Logger(MarkCheck.name);

  constructor(readonly isOn: boolean) {}

  onApplicationBootstrap(): void {
    if (!this.isOn)
      this.logger.warn('EVENT_MAC_KEYS is not set: every record of the topic of logins is applied, whoever wrote it.');
  }
}
