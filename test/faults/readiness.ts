import type { Violation } from './check/evidence.js';
import type { System } from './system/system.js';

const EVERY_MS = 500;
const ANSWER_MS = 2_000;

interface Health {
  parts: { database: { status: string } };
}

/** Watches replicas that have been ready. One that says that its database is away, though it is not, breaks I14. */
export class ReadinessWatch {
  private readonly unready = new Map<string, number>();
  private readonly timer = setInterval(() => void this.look(), EVERY_MS);

  constructor(private readonly system: System) {}

  /** Ends the watch. */
  end(): Violation[] {
    clearInterval(this.timer);
    return [...this.unready].map(([name, times]) => ({
      invariant: 'I14',
      message: `${name} was not ready ${times} times while its database was well.`,
    }));
  }

  private async look(): Promise<void> {
    await Promise.all(
      this.system.replicas.map(async ({ app }) => {
        if (!app.isReady || !app.isAwake || (await isReady(app.url))) return;
        this.unready.set(app.name, (this.unready.get(app.name) ?? 0) + 1);
      }),
    );
  }
}

/** A process without an answer is judged by others; one that ends is not ready, and says that its database is well. */
async function isReady(url: string): Promise<boolean> {
  try {
    const ask = (path: string): Promise<Response> => fetch(`${url}${path}`, { signal: AbortSignal.timeout(ANSWER_MS) });
    if ((await ask('/health/ready')).ok) return true;
    return ((await (await ask('/health')).json()) as Health).parts.database.status === 'ok';
  } catch {
    return true;
  }
}
