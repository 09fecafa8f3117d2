import type { AppClient } from './app-client.js';
import type { ConsoleRun } from './console-run.js';
import type { EventFeed } from './event-feed.js';
import type { EventTools } from './event-tools.js';
import type { Live } from './live.js';
import type { UpdateLoad } from './update-load.js';

/** What the console's routes work with. */
export interface ConsoleParts {
  run: ConsoleRun;
  gateway: AppClient;
  auth: AppClient;
  tools: EventTools;
  feed: EventFeed;
  live: Live;
  load: UpdateLoad;
}
