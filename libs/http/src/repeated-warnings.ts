import type { Logger } from '@nestjs/common';
import { runOutsideContext } from './request-context.js';

/** Warns about frequent events: about the first at once, about the others by their number, once an interval. */
export class RepeatedWarnings {
  private readonly repeats = new Map<string, number>();

  constructor(
    private readonly logger: Pick<Logger, 'warn'>,
    private readonly quietMs = 10_000,
  ) {}

  /** @param name warnings with the same name are counted together */
  warn(name: string, line: { msg: string; [detail: string]: unknown }): void {
    const repeats = this.repeats.get(name);
    if (repeats !== undefined) return void this.repeats.set(name, repeats + 1);
    this.logger.warn(line);
    this.wait(name, line.msg);
  }

  private wait(name: string, msg: string): void {
    this.repeats.set(name, 0);
    // The summary concerns many requests, so it carries no request id.
    runOutsideContext(() => this.sayLater(name, msg));
  }

  private sayLater(name: string, msg: string): void {
    setTimeout(() => {
      const repeats = this.repeats.get(name);
      if (!repeats) return void this.repeats.delete(name);
      this.logger.warn({ msg, code: name, repeats });
      this.wait(name, msg);
    }, this.quietMs).unref();
  }
}
