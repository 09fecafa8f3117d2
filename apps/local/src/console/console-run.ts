import type { KeptService } from '../kept-service.js';
import type { LocalRun } from '../servers.js';

/** The local run that the console shows and drives. */
export interface ConsoleRun extends Pick<LocalRun, 'settings' | 'secrets' | 'dataDir'> {
  services: readonly KeptService[];
}
