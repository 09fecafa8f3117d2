import { Agent, request } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** The outcome of a request: its status, or why there is none. */
export type Fate = number | string;

/** Without it some clients take a whole processor while apps start. */
const PAUSE_MS = 10;

/**
 * Callers behind a simple balancer: requests go to the next address in turn, on kept connections or on one of their own each. A request
 * whose connection is refused goes to another address, because it was not sent. Any other failure is a lost request.
 */
export class RoundRobinClients {
  readonly fates: Fate[] = [];
  private readonly agent: Agent;
  private readonly workers: Promise<void>[] = [];
  private isOver = false;
  private turn = 0;

  constructor(
    private readonly urls: readonly string[],
    private readonly headers: Record<string, string>,
    { keepAlive }: { keepAlive: boolean } = { keepAlive: true },
  ) {
    this.agent = new Agent({ keepAlive });
  }

  /** Starts to send, one request after another. @param next returns path and body of each */
  start(workers: number, next: (worker: number) => { path: string; body: object }): void {
    for (let worker = 0; worker < workers; worker++) this.workers.push(this.work(() => next(worker)));
  }

  async stop(): Promise<void> {
    this.isOver = true;
    await Promise.all(this.workers);
    this.agent.destroy();
  }

  private async work(next: () => { path: string; body: object }): Promise<void> {
    while (!this.isOver) {
      this.fates.push(await this.send(next()));
      await sleep(PAUSE_MS);
    }
  }

  private async send(wanted: { path: string; body: object }): Promise<Fate> {
    const first = this.turn++;
    for (let tries = 0; tries < this.urls.length; tries++) {
      const fate = await this.sendTo(this.urls[(first + tries) % this.urls.length]!, wanted);
      if (fate !== 'ECONNREFUSED') return fate;
    }
    return 'ECONNREFUSED';
  }

  private sendTo(url: string, { path, body }: { path: string; body: object }): Promise<Fate> {
    return new Promise((resolve) => {
      const headers = { ...this.headers, 'content-type': 'application/json' };
      const sent = request(`${url}${path}`, { method: 'POST', agent: this.agent, headers }, (response) => {
        response.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
        response.resume().on('end', () => resolve(response.statusCode!));
      });
      sent.on('error', (error: NodeJS.ErrnoException) => resolve(error.code ?? error.message));
      sent.end(JSON.stringify(body));
    });
  }
}
