import type { Server } from 'node:net';
import { setImmediate as nextPass } from 'node:timers/promises';

/** No connection has come for so long. */
const QUIET_MS = 20;
/** A pass of the event loop that does nothing takes less. */
const SHORT_PASS_MS = 0.1;
/** After each of these times, a silence half as long and a pass twice as long are enough. */
const HALVED_EACH_MS = 100;
/** Connections can come without end. */
const LONGEST_SEARCH_MS = 1_000;

/**
 * Stops listening when no connection waits to be accepted: the kernel resets those that wait.
 * Node accepts one connection in a pass of its event loop: after a pass that accepted none, none waited. In a short pass hardly one can come.
 */
export async function stopListening(servers: readonly Server[], close: (server: Server) => void): Promise<void> {
  let accepted = 0;
  const count = (): void => void accepted++;
  for (const server of servers) server.on('connection', count).on('drop', count);
  await untilQuiet(() => accepted);
  for (const server of servers) close(server);
  for (const server of servers) server.off('connection', count).off('drop', count);
}

/** Waits for a short pass of the event loop after a time in which the number has not changed. */
async function untilQuiet(read: () => number): Promise<void> {
  const start = performance.now();
  let [passStart, changed, number] = [start, start, read()];
  for (;;) {
    await nextPass();
    const now = performance.now();
    const leniency = 2 ** ((now - start) / HALVED_EACH_MS);
    if (read() !== number) [changed, number] = [now, read()];
    else if (now - changed > QUIET_MS / leniency && now - passStart < SHORT_PASS_MS * leniency) return;
    if (now - start > LONGEST_SEARCH_MS) return;
    passStart = now;
  }
}
