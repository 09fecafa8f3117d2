import type { RunningChild } from '#app/system';
import { KeptService, type Service } from './kept-service.js';
import type { Screen } from './screen.js';

/** Restarts programs that end by themselves, with a line on the screen. */
export class Supervisor {
  readonly services: KeptService[] = [];

  constructor(private readonly screen: Screen) {}

  /** Restarts a program until `stop`. */
  keep(service: Service, child: RunningChild): void {
    const kept = new KeptService(service, child, this.screen);
    this.services.push(kept);
    void kept.watch();
  }

  /** Ends restarting. */
  stop(): void {
    for (const service of this.services) service.close();
  }
}
